package streamlib_test

import (
	"context"
	"errors"
	"testing"

	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

// Adds a source and a sink, and answers the link between them.
func addWire(t *testing.T, client *streamlib.Client, sourceType, port, sinkType, sinkPort string) streamlib.LinkID {
	t.Helper()
	graph := client.Graph()
	source := graph.AddProcessor(sourceType)
	sink := graph.AddProcessor(sinkType)
	wire := graph.Connect(source.Port(port), sink.Port(sinkPort))
	if _, err := graph.Apply(testContext(t), streamlib.WithWait(pb.Wait_WAIT_EFFECTIVE)); err != nil {
		t.Fatal(err)
	}
	return wire
}

func TestTapShowsDataFramesAsNumbers(t *testing.T) {
	client := sharedClient(t)
	wire := addWire(t, client, "DataSineGenerator", "data", "DataGain", "data_in")
	frames := 0
	var ending *pb.TapEnding
	for item, err := range client.Tap(testContext(t), string(wire), streamlib.WithCount(3), streamlib.WithMaxRate(1000)) {
		if err != nil {
			t.Fatal(err)
		}
		if item.Ending != nil {
			ending = item.Ending
			continue
		}
		frames++
		channels := streamlib.Channels(item.Frame.GetFrame())
		if len(channels) == 0 {
			t.Errorf("frame was %v", item.Frame)
		}
		for name, values := range channels {
			if len(values) == 0 {
				t.Errorf("channel %s is empty", name)
			}
		}
	}
	if frames != 3 || ending.GetReason() != "count" {
		t.Errorf("frames were %d, ending %v", frames, ending)
	}
}

func TestTapShowsSoundAsSamples(t *testing.T) {
	client := sharedClient(t)
	wire := addWire(t, client, "SineGenerator", "audio", "LevelMeter", "audio")
	for item, err := range client.Tap(testContext(t), string(wire), streamlib.WithMaxBytes(1_000_000)) {
		if err != nil {
			t.Fatal(err)
		}
		channels, err := streamlib.Samples(item.Frame.GetFrame())
		if err != nil || len(channels) != int(item.Frame.GetFrame().GetAudio().GetChannels()) || len(channels[0]) == 0 {
			t.Fatalf("samples were %v, %v", channels, err)
		}
		for _, sample := range channels[0] {
			if sample < -1 || sample > 1 {
				t.Fatalf("sample was %v", sample)
			}
		}
		break
	}
}

func TestSamplesThatDoNotFitTheirHeaderAreAnError(t *testing.T) {
	audio := &pb.AudioFrame{Channels: 2, Samples: 3, Planes: make([]byte, 23)}
	if _, err := streamlib.Samples(&pb.Frame{Frame: &pb.Frame_Audio{Audio: audio}}); err == nil {
		t.Error("no error")
	}
}

func TestTapEndsWithItsLinkAndWithItsContext(t *testing.T) {
	client := sharedClient(t)
	wire := addWire(t, client, "SineGenerator", "audio", "LevelMeter", "audio")
	var last streamlib.TapItem
	for item, err := range client.Tap(testContext(t), string(wire)) {
		if err != nil {
			t.Fatal(err)
		}
		if last.Frame == nil {
			if _, err := client.Links.DeleteLink(testContext(t), &pb.DeleteLinkRequest{LinkId: string(wire)}); err != nil {
				t.Fatal(err)
			}
		}
		last = item
	}
	if last.Ending.GetReason() != "link_removed" {
		t.Errorf("last was %v", last)
	}

	other := addWire(t, client, "SineGenerator", "audio", "LevelMeter", "audio")
	ctx, cancel := context.WithCancel(testContext(t))
	defer cancel()
	for _, err := range client.Tap(ctx, string(other)) {
		if err != nil {
			t.Fatal(err)
		}
		cancel()
	}
}

// After a kill and a restart it says that frames are missing, and goes on; the count goes over both connections.
func TestTapGoesOnAfterKillAndRestart(t *testing.T) {
	t.Parallel()
	state, port := t.TempDir(), freePort(t)
	running := ownServer(t, "--port", port, "--state", state)
	client := newClient(t, running.url, silent)
	wire := addWire(t, client, "SineGenerator", "audio", "LevelMeter", "audio")
	const count = 5
	frames, interruptions := 0, 0
	var ending *pb.TapEnding
	for item, err := range client.Tap(testContext(t), string(wire), streamlib.WithCount(count)) {
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case item.Frame != nil:
			frames++
			if frames == 2 {
				running.kill()
				running = ownServer(t, "--port", port, "--state", state)
			}
		case item.Interruption != nil:
			interruptions++
			var failure *streamlib.Error
			if !errors.As(item.Interruption.Cause, &failure) {
				t.Errorf("cause was %v", item.Interruption.Cause)
			}
		default:
			ending = item.Ending
		}
	}
	if frames != count || interruptions != 1 || ending.GetReason() != "count" {
		t.Errorf("frames were %d, interruptions %d, ending %v", frames, interruptions, ending)
	}
}
