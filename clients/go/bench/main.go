//go:build unix

// Bench measures what the client costs on top of the generated code: the same calls and the same events with and
// without it, in turns. It prints the medians of all rounds, as JSON. Started by bench/client-overhead-go.ts.
//
//	go run ./bench ADDRESS TOPIC EVENTS EVENT_ROUNDS CALLS CALL_ROUNDS
//
// The server sends a batch every few milliseconds at most, so how long events take is mostly its pace; what they cost
// this process shows in the CPU that it uses.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
	"github.com/streamlib/streamlib/clients/go/gen/streamlib/v1/streamlibv1connect"
	"google.golang.org/protobuf/proto"
)

type load struct {
	topic  string
	events int
	calls  int
}

// What is measured: so many calls, or so many events.
type side func(ctx context.Context, load load) error

func main() {
	if len(os.Args) != 7 {
		log.Fatal("usage: bench ADDRESS TOPIC EVENTS EVENT_ROUNDS CALLS CALL_ROUNDS")
	}
	load := load{topic: os.Args[2], events: number(os.Args[3]), calls: number(os.Args[5])}
	if err := run(context.Background(), os.Args[1], load, number(os.Args[4]), number(os.Args[6])); err != nil {
		log.Fatal(err)
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 {
		log.Fatalf("argument must be a whole number from 1 on, was %q", text)
	}
	return value
}

func run(ctx context.Context, address string, load load, eventRounds, callRounds int) error {
	// The same way to the server for both, each with a connection of its own.
	client, err := streamlib.Connect(address, streamlib.WithHTTPClient(newHTTPClient()))
	if err != nil {
		return err
	}
	bareHTTP := newHTTPClient()
	runtime := streamlibv1connect.NewRuntimeServiceClient(bareHTTP, address)
	events := streamlibv1connect.NewEventServiceClient(bareHTTP, address)

	calls, err := medians(ctx, load, callRounds, callsOf(runtime), callsOf(client.Runtime))
	if err != nil {
		return err
	}
	streams, err := medians(ctx, load, eventRounds, bareEvents(events), clientEvents(client))
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"bare_call_us":        calls[0].wallUs / float64(load.calls),
		"client_call_us":      calls[1].wallUs / float64(load.calls),
		"bare_event_us":       streams[0].wallUs / float64(load.events),
		"client_event_us":     streams[1].wallUs / float64(load.events),
		"bare_event_cpu_us":   streams[0].cpuUs / float64(load.events),
		"client_event_cpu_us": streams[1].cpuUs / float64(load.events),
	})
}

func newHTTPClient() *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &http.Transport{Protocols: protocols}}
}

// What a side took, in all.
type spent struct {
	wallUs float64
	cpuUs  float64
}

// The median of each side. Each second round is run backwards, so that what disturbs the machine disturbs both alike;
// the first is not counted.
func medians(ctx context.Context, load load, rounds int, sides ...side) ([]spent, error) {
	wall, cpu := make([][]float64, len(sides)), make([][]float64, len(sides))
	for round := range rounds + 1 {
		for turn := range sides {
			index := turn
			if round%2 == 1 {
				index = len(sides) - 1 - turn
			}
			begun, cpuBefore := time.Now(), cpuUs()
			if err := sides[index](ctx, load); err != nil {
				return nil, err
			}
			if round > 0 {
				wall[index] = append(wall[index], float64(time.Since(begun).Nanoseconds())/1000)
				cpu[index] = append(cpu[index], cpuUs()-cpuBefore)
			}
		}
	}
	middle := make([]spent, len(sides))
	for index := range sides {
		middle[index] = spent{wallUs: median(wall[index]), cpuUs: median(cpu[index])}
	}
	return middle, nil
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// Of all threads of this process, so far.
func cpuUs() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1000
}

func callsOf(runtime streamlibv1connect.RuntimeServiceClient) side {
	return func(ctx context.Context, load load) error {
		for range load.calls {
			state, err := runtime.GetRuntimeState(ctx, &pb.GetRuntimeStateRequest{})
			if err != nil {
				return err
			}
			if state.GetStreamId() == "" {
				return fmt.Errorf("state was %v", state)
			}
		}
		return nil
	}
}

func bareEvents(events streamlibv1connect.EventServiceClient) side {
	return func(parent context.Context, load load) error {
		ctx, cancel := context.WithCancel(parent)
		defer cancel()
		request := &pb.SubscribeRequest{Topics: []string{load.topic}, AfterSequence: proto.Uint64(0)}
		stream, err := events.Subscribe(ctx, request)
		if err != nil {
			return err
		}
		count := counter{wanted: load.events}
		for stream.Receive() {
			if gap := stream.Msg().GetGap(); gap != nil {
				return fmt.Errorf("events are missing: %v", gap)
			}
			for _, event := range stream.Msg().GetBatch().GetEvents() {
				if done, err := count.take(event); done || err != nil {
					return err
				}
			}
		}
		return fmt.Errorf("it ended after %d events: %w", count.taken, stream.Err())
	}
}

func clientEvents(client *streamlib.Client) side {
	return func(ctx context.Context, load load) error {
		count := counter{wanted: load.events}
		for item, err := range client.Events(ctx, streamlib.Filter{Topics: []string{load.topic}}, streamlib.WithOldest()) {
			if err != nil {
				return err
			}
			if item.Event == nil {
				return fmt.Errorf("item was %v", item)
			}
			if done, err := count.take(item.Event); done || err != nil {
				return err
			}
		}
		return fmt.Errorf("it ended after %d events", count.taken)
	}
}

// Counts events, and looks at their order.
type counter struct {
	wanted int
	taken  int
	last   uint64
}

func (c *counter) take(event *pb.Event) (done bool, err error) {
	if event.GetCustom() == nil || event.GetSequence() <= c.last {
		return false, fmt.Errorf("event after %d was %v", c.last, event)
	}
	c.last = event.GetSequence()
	c.taken++
	return c.taken == c.wanted, nil
}
