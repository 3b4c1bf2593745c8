package streamlib

import (
	"errors"
	"fmt"

	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

// Graph collects edits, which [Graph.Apply] makes all together or not at all. Nothing is sent before. Its methods keep
// what is wrong with an edit for Apply to say, so that they can be written one below the other. For one goroutine.
//
//	graph := client.Graph()
//	tone := graph.AddProcessor("SineGenerator", streamlib.WithConfig(streamlib.Config{"frequency_hz": 440}))
//	meter := graph.AddProcessor("LevelMeter")
//	graph.Connect(tone.Port("audio"), meter.Port("audio"))
//	answer, err := graph.Apply(ctx)
type Graph struct {
	client *Client
	edits  []*pb.GraphEdit
	faults []error
	retry  applyRetry
}

// Graph gives an empty collection of edits.
func (c *Client) Graph() *Graph { return &Graph{client: c} }

// ProcessorID names a processor of the graph, that of an edit before or one that is there already.
type ProcessorID string

// Port names a port of the processor.
func (id ProcessorID) Port(name string) Port { return Port{Processor: id, Name: name} }

// Port is an input or an output of a processor.
type Port struct {
	Processor ProcessorID
	Name      string
}

// LinkID names a link of the graph, that of an edit before or one that is there already.
type LinkID string

// Edits gives what was collected, in order.
func (g *Graph) Edits() []*pb.GraphEdit { return append([]*pb.GraphEdit(nil), g.edits...) }

// Edit adds an edit as the schema has it.
func (g *Graph) Edit(edit *pb.GraphEdit) {
	if edit.GetEdit() == nil {
		g.fault("edit", errors.New("must have a member, had none"))
		return
	}
	g.edits = append(g.edits, edit)
}

// AddProcessor adds a processor of a type and answers its id: that of [WithID], or one that is made here, so that later
// edits can name it.
func (g *Graph) AddProcessor(processorType string, options ...ProcessorOption) ProcessorID {
	fields := g.processorFields("add_processor", options, fieldReplaceConfig)
	if fields.id == "" {
		fields.id = newID(processorType)
	}
	g.Edit(&pb.GraphEdit{Edit: &pb.GraphEdit_AddProcessor{AddProcessor: &pb.AddProcessor{
		Processor: fields.spec(processorType),
	}}})
	return ProcessorID(fields.id)
}

// UpdateProcessor changes what the options name, and nothing else. [WithConfig] is merged into the config that is there,
// where nil returns a key to its default; [WithWholeConfig] replaces it.
func (g *Graph) UpdateProcessor(id ProcessorID, options ...ProcessorOption) {
	fields := g.processorFields("update_processor", options, fieldID|fieldPaused|fieldTypeVersion)
	g.Edit(&pb.GraphEdit{Edit: &pb.GraphEdit_UpdateProcessor{UpdateProcessor: fields.update(id)}})
}

// ReplaceProcessor puts another type in a processor's place; its links stay where the ports fit. Of the options
// [WithConfig], the whole config of the new type, and [WithTypeVersion] apply. Without a config the old one is kept.
func (g *Graph) ReplaceProcessor(id ProcessorID, processorType string, options ...ProcessorOption) {
	fields := g.processorFields("replace_processor", options, ^(fieldConfig | fieldTypeVersion))
	g.Edit(&pb.GraphEdit{Edit: &pb.GraphEdit_ReplaceProcessor{ReplaceProcessor: &pb.ReplaceProcessor{
		ProcessorId:   string(id),
		ProcessorType: processorType,
		TypeVersion:   fields.typeVersion,
		Config:        fields.config,
	}}})
}

// DeleteProcessor removes a processor and its links.
func (g *Graph) DeleteProcessor(id ProcessorID) {
	g.Edit(&pb.GraphEdit{Edit: &pb.GraphEdit_RemoveProcessor{RemoveProcessor: &pb.RemoveProcessor{ProcessorId: string(id)}}})
}

// PauseProcessor has a processor called no more, until [Graph.ResumeProcessor], also over restarts of the server.
func (g *Graph) PauseProcessor(id ProcessorID) {
	g.Edit(&pb.GraphEdit{Edit: &pb.GraphEdit_PauseProcessor{PauseProcessor: &pb.PauseProcessor{ProcessorId: string(id)}}})
}

// ResumeProcessor undoes [Graph.PauseProcessor].
func (g *Graph) ResumeProcessor(id ProcessorID) {
	g.Edit(&pb.GraphEdit{Edit: &pb.GraphEdit_ResumeProcessor{ResumeProcessor: &pb.ResumeProcessor{ProcessorId: string(id)}}})
}

// Connect links an output with an input and answers the link's id: that of [WithLinkID], or one that is made here.
func (g *Graph) Connect(output, input Port, options ...LinkOption) LinkID {
	fields := g.linkFields("connect", options, 0)
	if fields.id == "" {
		fields.id = newID("link")
	}
	g.Edit(&pb.GraphEdit{Edit: &pb.GraphEdit_Connect{Connect: &pb.Connect{Link: fields.spec(output, input)}}})
	return LinkID(fields.id)
}

// UpdateLink changes what the options name, and nothing else, while frames flow.
func (g *Graph) UpdateLink(id LinkID, options ...LinkOption) {
	fields := g.linkFields("update_link", options, fieldID)
	g.Edit(&pb.GraphEdit{Edit: &pb.GraphEdit_UpdateLink{UpdateLink: fields.update(id)}})
}

// Disconnect removes a link.
func (g *Graph) Disconnect(id LinkID) {
	g.Edit(&pb.GraphEdit{Edit: &pb.GraphEdit_Disconnect{Disconnect: &pb.Disconnect{LinkId: string(id)}}})
}

// With the place of the edit as the server's own messages have it.
func (g *Graph) fault(command string, err error) {
	g.faults = append(g.faults, fmt.Errorf("commands[%d]: %s: %w", len(g.edits), command, err))
}
