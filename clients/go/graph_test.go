package streamlib_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"connectrpc.com/connect"
	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

func TestGraphAppliesEveryKindOfEditAtOnce(t *testing.T) {
	t.Parallel()
	running := ownServer(t, "--port", "0", "--ephemeral")
	client := newClient(t, running.url)
	ctx := testContext(t)

	graph := client.Graph()
	tone := graph.AddProcessor("SineGenerator",
		streamlib.WithID("tone"),
		streamlib.WithConfig(streamlib.Config{"frequency_hz": 440}),
		streamlib.WithDisplayName("the tone"),
		streamlib.WithLabels(map[string]string{"room": "a"}),
		streamlib.WithPlacement(&pb.Placement{Lane: "dedicated"}),
		streamlib.WithSupervision(&pb.Supervision{ErrorPolicy: pb.ErrorPolicy_ERROR_POLICY_SKIP_FRAME}),
	)
	meter := graph.AddProcessor("LevelMeter", streamlib.WithPaused())
	gain := graph.AddProcessor("Gain")
	wire := graph.Connect(tone.Port("audio"), meter.Port("audio"),
		streamlib.WithCapacityFrames(8), streamlib.WithLinkLabels(map[string]string{"kind": "test"}))
	graph.UpdateProcessor(tone, streamlib.WithConfig(streamlib.Config{"frequency_hz": 220}), streamlib.WithLabels(nil))
	graph.UpdateLink(wire, streamlib.WithCapacityFrames(16), streamlib.WithDelivery(pb.Delivery_DELIVERY_LATEST))
	graph.ResumeProcessor(meter)
	graph.PauseProcessor(tone)
	spare := graph.Connect(tone.Port("audio"), gain.Port("audio_in"), streamlib.WithLinkID("spare"))
	graph.Disconnect(spare)
	graph.ReplaceProcessor(gain, "Delay")
	graph.DeleteProcessor(gain)
	answer, err := graph.Apply(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if answer.GetRevision() == 0 || len(answer.GetChanges()) == 0 {
		t.Errorf("answer was %v", answer)
	}

	processor, err := client.Processors.GetProcessor(ctx, &pb.GetProcessorRequest{ProcessorId: "tone"})
	if err != nil {
		t.Fatal(err)
	}
	got := processor.GetProcessor()
	if got.GetConfig().GetFields()["frequency_hz"].GetNumberValue() != 220 || !got.GetPaused() ||
		got.GetDisplayName() != "the tone" || len(got.GetLabels()) != 0 || got.GetPlacement().GetLane() != "dedicated" ||
		got.GetSupervision().GetErrorPolicy() != pb.ErrorPolicy_ERROR_POLICY_SKIP_FRAME {
		t.Errorf("processor was %v", got)
	}
	link, err := client.Links.GetLink(ctx, &pb.GetLinkRequest{LinkId: string(wire)})
	if err != nil {
		t.Fatal(err)
	}
	if link.GetLink().GetCapacityFrames() != 16 || link.GetLink().GetDelivery() != pb.Delivery_DELIVERY_LATEST ||
		link.GetLink().GetLabels()["kind"] != "test" || link.GetLink().GetToProcessor() != string(meter) {
		t.Errorf("link was %v", link)
	}
	whole, err := client.Runtime.GetGraph(ctx, &pb.GetGraphRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range whole.GetGraph().GetProcessors() {
		if each.GetProcessorId() == string(gain) || (each.GetProcessorId() == string(meter) && each.GetPaused()) {
			t.Errorf("processor was %v", each)
		}
	}
	if len(whole.GetGraph().GetLinks()) != 1 {
		t.Errorf("links were %v", whole.GetGraph().GetLinks())
	}
}

func TestGraphIsAppliedWhollyOrNot(t *testing.T) {
	client := sharedClient(t)
	ctx := testContext(t)
	graph := client.Graph()
	kept := graph.AddProcessor("NullSink")
	graph.DeleteProcessor("nobody")
	_, err := graph.Apply(ctx)
	var failure *streamlib.Error
	if !errors.As(err, &failure) || failure.Reason != "PROCESSOR_NOT_FOUND" {
		t.Errorf("error was %v", err)
	}
	_, err = client.Processors.GetProcessor(ctx, &pb.GetProcessorRequest{ProcessorId: string(kept)})
	if connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("error was %v", err)
	}
}

func TestDryRunTouchesNothingAndConflictIsTold(t *testing.T) {
	client := sharedClient(t)
	ctx := testContext(t)
	graph := client.Graph()
	id := graph.AddProcessor("NullSink")
	planned, err := graph.Apply(ctx, streamlib.WithDryRun())
	if err != nil || len(planned.GetChanges()) == 0 {
		t.Fatalf("answer was %v, %v", planned, err)
	}
	_, err = client.Processors.GetProcessor(ctx, &pb.GetProcessorRequest{ProcessorId: string(id)})
	if connect.CodeOf(err) != connect.CodeNotFound {
		t.Fatalf("error was %v", err)
	}
	made, err := graph.Apply(ctx)
	if err != nil {
		t.Fatal(err)
	}
	later := client.Graph()
	later.DeleteProcessor(id)
	_, err = later.Apply(ctx, streamlib.WithExpectedRevision(made.GetRevision()-1))
	var failure *streamlib.Error
	if !errors.As(err, &failure) || failure.Reason != "REVISION_MISMATCH" {
		t.Errorf("error was %v", err)
	}
	if _, err := later.Apply(ctx, streamlib.WithExpectedRevision(made.GetRevision())); err != nil {
		t.Error(err)
	}
}

func TestSameRequestIDDoesNothingTwice(t *testing.T) {
	client := sharedClient(t)
	ctx := testContext(t)
	graph := client.Graph()
	graph.AddProcessor("NullSink")
	first, err := graph.Apply(ctx, streamlib.WithRequestID("once-in-go"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := graph.Apply(ctx, streamlib.WithRequestID("once-in-go"))
	if err != nil || again.GetRevision() != first.GetRevision() {
		t.Errorf("answer was %v, %v", again, err)
	}
}

func TestFaultsOfEditsAreToldByApply(t *testing.T) {
	graph := sharedClient(t).Graph()
	tone := graph.AddProcessor("SineGenerator", streamlib.WithConfig(streamlib.Config{"frequency_hz": math.NaN()}))
	graph.UpdateProcessor(tone, streamlib.WithPaused())
	graph.ReplaceProcessor(tone, "Gain", streamlib.WithDisplayName("a"))
	graph.UpdateLink("wire", streamlib.WithLinkID("other"))
	graph.Edit(&pb.GraphEdit{})
	_, err := graph.Apply(testContext(t))
	var failure *streamlib.Error
	if !errors.As(err, &failure) || failure.Code != connect.CodeInvalidArgument {
		t.Fatalf("error was %v", err)
	}
	for _, want := range []string{
		"commands[0]: add_processor: config", "NaN",
		"commands[1]: update_processor: has no paused",
		"commands[2]: replace_processor: has no display_name",
		"commands[3]: update_link: has no id",
		"commands[4]: edit: must have a member",
	} {
		if !strings.Contains(failure.Message, want) {
			t.Errorf("message has no %q, was %s", want, failure.Message)
		}
	}
}
