// levels adds a tone and a meter, taps the link between them, and prints how loud the first frames are.
//
//	go run ./examples/levels [ADDRESS]
package main

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"

	streamlib "github.com/streamlib/streamlib/clients/go"
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

	graph := client.Graph()
	tone := graph.AddProcessor("SineGenerator")
	meter := graph.AddProcessor("LevelMeter")
	wire := graph.Connect(tone.Port("audio"), meter.Port("audio"))
	if _, err := graph.Apply(ctx); err != nil {
		return err
	}
	for item, err := range client.Tap(ctx, string(wire), streamlib.WithCount(5)) {
		if err != nil {
			return err
		}
		if item.Frame == nil {
			continue
		}
		channels, err := streamlib.Samples(item.Frame.GetFrame())
		if err != nil {
			return err
		}
		for number, samples := range channels {
			fmt.Printf("channel %d: %.3f, %d frames not shown before\n", number, rms(samples), item.Frame.GetSkipped())
		}
	}

	away := client.Graph()
	away.DeleteProcessor(tone)
	away.DeleteProcessor(meter)
	_, err = away.Apply(ctx)
	return err
}

func rms(samples []float32) float64 {
	sum := 0.0
	for _, sample := range samples {
		sum += float64(sample) * float64(sample)
	}
	return math.Sqrt(sum / float64(len(samples)))
}
