package streamlib

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// Config is the config of a processor: whatever [json.Marshal] takes.
type Config = map[string]any

// ProcessorOption is a part of a processor that an edit names.
type ProcessorOption func(*processorFields) error

// LinkOption is a part of a link that an edit names.
type LinkOption func(*linkFields) error

// Which parts the options of an edit have named.
type fieldSet uint

const (
	fieldID fieldSet = 1 << iota
	fieldTypeVersion
	fieldDisplayName
	fieldConfig
	fieldReplaceConfig
	fieldPlacement
	fieldSupervision
	fieldPaused
	fieldLabels
	fieldDelivery
	fieldCapacity
)

// In the words of the schema.
var fieldNames = map[fieldSet]string{
	fieldID:            "id",
	fieldTypeVersion:   "type_version",
	fieldDisplayName:   "display_name",
	fieldConfig:        "config",
	fieldReplaceConfig: "replace_config",
	fieldPlacement:     "placement",
	fieldSupervision:   "supervision",
	fieldPaused:        "paused",
	fieldLabels:        "labels",
	fieldDelivery:      "delivery",
	fieldCapacity:      "capacity_frames",
}

type processorFields struct {
	named       fieldSet
	id          string
	typeVersion uint32
	displayName string
	config      *structpb.Struct
	placement   *pb.Placement
	supervision *pb.Supervision
	paused      bool
	labels      map[string]string
}

type linkFields struct {
	named          fieldSet
	id             string
	delivery       pb.Delivery
	capacityFrames uint32
	labels         map[string]string
}

// WithID gives a processor its id. Default: one is made from the type's name.
func WithID(id string) ProcessorOption {
	return func(fields *processorFields) error {
		if id == "" {
			return errors.New("processor_id must not be empty; leave WithID out to have one made")
		}
		fields.id = id
		fields.named |= fieldID
		return nil
	}
}

// WithTypeVersion takes a version of the type other than the newest.
func WithTypeVersion(version uint32) ProcessorOption {
	return func(fields *processorFields) error {
		fields.typeVersion = version
		fields.named |= fieldTypeVersion
		return nil
	}
}

// WithDisplayName sets the name that people see.
func WithDisplayName(name string) ProcessorOption {
	return func(fields *processorFields) error {
		fields.displayName = name
		fields.named |= fieldDisplayName
		return nil
	}
}

// WithConfig sets the config, or in an update what changes of it.
func WithConfig(config Config) ProcessorOption {
	return func(fields *processorFields) error {
		text, err := json.Marshal(config)
		if err != nil {
			return fmt.Errorf("config must be what JSON can hold: %w", err)
		}
		fields.config = new(structpb.Struct)
		if err := fields.config.UnmarshalJSON(text); err != nil {
			return fmt.Errorf("config must be an object, was %s: %w", text, err)
		}
		fields.named |= fieldConfig
		return nil
	}
}

// WithWholeConfig replaces the config in an update: what it does not name returns to its default.
func WithWholeConfig(config Config) ProcessorOption {
	return func(fields *processorFields) error {
		fields.named |= fieldReplaceConfig
		return WithConfig(config)(fields)
	}
}

// WithPlacement says where a processor runs. Default: the plan decides.
func WithPlacement(placement *pb.Placement) ProcessorOption {
	return func(fields *processorFields) error {
		fields.placement = placement
		fields.named |= fieldPlacement
		return nil
	}
}

// WithSupervision says how failures of a processor are handled.
func WithSupervision(supervision *pb.Supervision) ProcessorOption {
	return func(fields *processorFields) error {
		fields.supervision = supervision
		fields.named |= fieldSupervision
		return nil
	}
}

// WithPaused adds a processor that is not called until it is resumed.
func WithPaused() ProcessorOption {
	return func(fields *processorFields) error {
		fields.paused = true
		fields.named |= fieldPaused
		return nil
	}
}

// WithLabels sets all labels of a processor; in an update, of no labels takes them away.
func WithLabels(labels map[string]string) ProcessorOption {
	return func(fields *processorFields) error {
		fields.labels = maps.Clone(labels)
		fields.named |= fieldLabels
		return nil
	}
}

// WithLinkID gives a link its id. Default: one is made.
func WithLinkID(id string) LinkOption {
	return func(fields *linkFields) error {
		if id == "" {
			return errors.New("link_id must not be empty; leave WithLinkID out to have one made")
		}
		fields.id = id
		fields.named |= fieldID
		return nil
	}
}

// WithDelivery says what a link does with frames that its consumer is too slow for. Default: as the input port has it.
func WithDelivery(delivery pb.Delivery) LinkOption {
	return func(fields *linkFields) error {
		fields.delivery = delivery
		fields.named |= fieldDelivery
		return nil
	}
}

// WithCapacityFrames says how many frames may wait, up to 65,536. Default: 64. More hides bursts and adds latency.
func WithCapacityFrames(frames uint32) LinkOption {
	return func(fields *linkFields) error {
		fields.capacityFrames = frames
		fields.named |= fieldCapacity
		return nil
	}
}

// WithLinkLabels sets all labels of a link; in an update, of no labels takes them away.
func WithLinkLabels(labels map[string]string) LinkOption {
	return func(fields *linkFields) error {
		fields.labels = maps.Clone(labels)
		fields.named |= fieldLabels
		return nil
	}
}

func (g *Graph) processorFields(command string, options []ProcessorOption, unfit fieldSet) processorFields {
	var fields processorFields
	for _, option := range options {
		if err := option(&fields); err != nil {
			g.fault(command, err)
		}
	}
	g.refuse(command, fields.named&unfit)
	return fields
}

func (g *Graph) linkFields(command string, options []LinkOption, unfit fieldSet) linkFields {
	var fields linkFields
	for _, option := range options {
		if err := option(&fields); err != nil {
			g.fault(command, err)
		}
	}
	g.refuse(command, fields.named&unfit)
	return fields
}

func (g *Graph) refuse(command string, unfit fieldSet) {
	for field := fieldID; field <= fieldCapacity; field <<= 1 {
		if unfit&field != 0 {
			g.fault(command, fmt.Errorf("has no %s", fieldNames[field]))
		}
	}
}

func (f processorFields) spec(processorType string) *pb.ProcessorSpec {
	return &pb.ProcessorSpec{
		ProcessorId:   f.id,
		ProcessorType: processorType,
		TypeVersion:   f.typeVersion,
		DisplayName:   f.displayName,
		Config:        f.config,
		Placement:     f.placement,
		Supervision:   f.supervision,
		Paused:        f.paused,
		Labels:        f.labels,
	}
}

// NB: the mask names what an update empties, which the rest of the message cannot say.
func (f processorFields) update(id ProcessorID) *pb.UpdateProcessor {
	update := &pb.UpdateProcessor{
		ProcessorId:   string(id),
		Config:        f.config,
		ReplaceConfig: f.named&fieldReplaceConfig != 0,
		Placement:     f.placement,
		Supervision:   f.supervision,
		Labels:        f.labels,
		UpdateMask:    f.named.mask(),
	}
	if f.named&fieldDisplayName != 0 {
		update.DisplayName = &f.displayName
	}
	return update
}

func (f linkFields) spec(output, input Port) *pb.LinkSpec {
	return &pb.LinkSpec{
		LinkId:         f.id,
		FromProcessor:  string(output.Processor),
		FromPort:       output.Name,
		ToProcessor:    string(input.Processor),
		ToPort:         input.Name,
		Delivery:       f.delivery,
		CapacityFrames: f.capacityFrames,
		Labels:         f.labels,
	}
}

func (f linkFields) update(id LinkID) *pb.UpdateLink {
	update := &pb.UpdateLink{LinkId: string(id), Labels: f.labels, UpdateMask: f.named.mask()}
	if f.named&fieldDelivery != 0 {
		update.Delivery = &f.delivery
	}
	if f.named&fieldCapacity != 0 {
		update.CapacityFrames = &f.capacityFrames
	}
	return update
}

// Absent where nothing was named.
func (s fieldSet) mask() *fieldmaskpb.FieldMask {
	var paths []string
	for field := fieldID; field <= fieldCapacity; field <<= 1 {
		if s&field&^fieldReplaceConfig != 0 {
			paths = append(paths, fieldNames[field])
		}
	}
	if paths == nil {
		return nil
	}
	return &fieldmaskpb.FieldMask{Paths: paths}
}
