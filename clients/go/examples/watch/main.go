// watch prints what happens on a server, and keeps its place in a file: started again, it goes on where it was, also
// over restarts of the server. Ctrl-C ends it.
//
//	go run ./examples/watch FILE [ADDRESS]
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: watch FILE [ADDRESS]")
	}
	address := "http://127.0.0.1:9000"
	if len(os.Args) > 2 {
		address = os.Args[2]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, address, os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address, file string) error {
	client, err := streamlib.Connect(address)
	if err != nil {
		return err
	}
	defer client.Close()

	var position streamlib.Position
	kept, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	position.Set(strings.TrimSpace(string(kept)))
	ready := streamlib.WithOnStarted(func(*pb.SubscriptionStarted) { fmt.Println("watching") })
	for item, err := range client.Events(ctx, streamlib.Filter{}, streamlib.WithPosition(&position), ready) {
		var failure *streamlib.Error
		if errors.As(err, &failure) && failure.Reason == "RESUME_POINT_LOST" {
			return fmt.Errorf("what happened since %s is not known any more; remove %s to begin now: %w",
				position.Cursor(), file, err)
		}
		if err != nil {
			return err
		}
		switch {
		case item.Event != nil:
			fmt.Println(item.Event.GetTime().AsTime().Format("15:04:05.000"), item.Event.GetTopic(), item.Event.GetType())
		case item.Gap != nil:
			fmt.Println("events are missing:", item.Gap.GetReason())
		}
		if err := keep(file, position.Cursor()); err != nil {
			return err
		}
	}
	return nil
}

// Never leaves half of it.
func keep(file, cursor string) error {
	if err := os.WriteFile(file+".new", []byte(cursor+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
