// Conformance drives the client by JSON lines, so that one set of scenarios can be run through the clients of all
// languages. It reads one operation per line and answers on standard output, in any order:
//
//	{"id":1,"op":"call","service":"ProcessorService","method":"GetProcessor","request":{…}}  → "ok"
//	{"id":2,"op":"subscribe","request":{…}}                                                  → "item"s, then "end"
//	{"id":3,"op":"stream","service":"TapService","method":"TapLink","request":{…}}           → "item"s, then "end"
//	{"id":2,"op":"cancel"}
//
// or "error" in place of "ok" and "end". The address of the server is the first argument; the end of the input is the
// end of the program.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"sync"

	streamlib "github.com/streamlib/streamlib/clients/go"
)

const longestLine = 64 << 20

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: conformance ADDRESS")
	}
	client, err := streamlib.Connect(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := serve(client, os.Stdin, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

type operation struct {
	ID      int64           `json:"id"`
	Op      string          `json:"op"`
	Service string          `json:"service"`
	Method  string          `json:"method"`
	Request json.RawMessage `json:"request"`
}

// Ends when the input does; what runs then is cancelled, and waited for.
func serve(client *streamlib.Client, input io.Reader, output io.Writer) error {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	driver := &driver{client: client, answers: newAnswers(output), cancels: make(map[int64]context.CancelFunc)}
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		var wanted operation
		if err := json.Unmarshal(lines.Bytes(), &wanted); err != nil {
			return fmt.Errorf("line must be an operation, was %q: %w", lines.Text(), err)
		}
		if wanted.Op == "cancel" {
			driver.cancel(wanted.ID)
			continue
		}
		own := driver.begin(ctx, wanted.ID)
		running.Add(1)
		go func() {
			defer running.Done()
			defer driver.cancel(wanted.ID)
			driver.run(own, wanted)
		}()
	}
	return lines.Err()
}
