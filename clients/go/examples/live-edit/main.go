// live-edit builds a small graph on a running server, changes it while frames flow, and takes it away again.
//
//	go run ./examples/live-edit [ADDRESS]
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

func main() {
	address := "http://127.0.0.1:9000"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := run(context.Background(), address); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address string) error {
	client, err := streamlib.Connect(address)
	if err != nil {
		return err
	}
	defer client.Close()

	build := client.Graph()
	tone := build.AddProcessor("SineGenerator", streamlib.WithConfig(streamlib.Config{"frequency_hz": 440}))
	gain := build.AddProcessor("Gain", streamlib.WithConfig(streamlib.Config{"gain": 0.5}))
	meter := build.AddProcessor("LevelMeter")
	build.Connect(tone.Port("audio"), gain.Port("audio_in"))
	build.Connect(gain.Port("audio_out"), meter.Port("audio"))

	planned, err := build.Apply(ctx, streamlib.WithDryRun())
	if err != nil {
		return err
	}
	fmt.Printf("it would change %d parts\n", len(planned.GetChanges()))
	made, err := build.Apply(ctx, streamlib.WithWait(pb.Wait_WAIT_EFFECTIVE))
	if err != nil {
		return err
	}
	fmt.Printf("revision %d is effective: %t\n", made.GetRevision(), made.GetEffective())

	louder := client.Graph()
	louder.UpdateProcessor(gain, streamlib.WithConfig(streamlib.Config{"gain": 0.9}))
	changed, err := louder.Apply(ctx, streamlib.WithExpectedRevision(made.GetRevision()))
	var failure *streamlib.Error
	if errors.As(err, &failure) && failure.Reason == "REVISION_MISMATCH" {
		return fmt.Errorf("somebody else has edited the graph: %w", err)
	}
	if err != nil {
		return err
	}
	fmt.Printf("revision %d made it louder\n", changed.GetRevision())

	away := client.Graph()
	for _, id := range []streamlib.ProcessorID{tone, gain, meter} {
		away.DeleteProcessor(id)
	}
	removed, err := away.Apply(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("revision %d took it away\n", removed.GetRevision())
	return nil
}
