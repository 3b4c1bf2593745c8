package streamlib_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Builds a program of a folder, and answers its file.
func build(t *testing.T, folder, name string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	command := exec.Command("go", "build", "-o", program, name)
	command.Dir = folder
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	return program
}

func sharedURL(t *testing.T) string {
	t.Helper()
	running, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return running.url
}

// Runs a program until it has printed a line that is wanted, kills it then, and answers all that it printed.
func awaitLine(t *testing.T, wanted string, program string, arguments ...string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, program, arguments...)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	var told []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		told = append(told, lines.Text())
		if regexp.MustCompile(wanted).MatchString(lines.Text()) {
			cancel()
			_ = command.Wait()
			return told
		}
	}
	t.Fatalf("no line was %q: %v, %q", wanted, command.Wait(), told)
	return nil
}

// In a module of its own, as a user has it; only the address is another.
func TestProgramOfTheReadmeRuns(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("README.md has no program")
	}
	const address = `"http://127.0.0.1:9000"`
	if count := strings.Count(string(block[1]), address); count != 1 {
		t.Fatalf("the address stands there %d times", count)
	}
	text := strings.Replace(string(block[1]), address, `"`+sharedURL(t)+`"`, 1)

	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for from, to := range map[string]string{"go.mod": "go.mod", "go.sum": "go.sum"} {
		content, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, to), string(content))
	}
	write(t, filepath.Join(folder, "main.go"), text)
	module := "github.com/streamlib/streamlib/clients/go"
	edit := exec.Command("go", "mod", "edit", "-module=example.com/program",
		"-droptool=connectrpc.com/connect/cmd/protoc-gen-connect-go", "-droptool=google.golang.org/protobuf/cmd/protoc-gen-go",
		"-require="+module+"@v0.0.0", "-replace="+module+"="+here)
	edit.Dir = folder
	if output, err := edit.CombinedOutput(); err != nil {
		t.Fatalf("go mod edit: %v\n%s", err, output)
	}
	awaitLine(t, `^processor:LevelMeter-\w+ ProcessorAdded$`, build(t, folder, "."))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestExampleLiveEditRuns(t *testing.T) {
	awaitLine(t, `^revision \d+ took it away$`, build(t, ".", "./examples/live-edit"), sharedURL(t))
}

func TestExampleLevelsRuns(t *testing.T) {
	awaitLine(t, `^channel 0: 0\.\d+, \d+ frames not shown before$`, build(t, ".", "./examples/levels"), sharedURL(t))
}

// The second time it begins where the first has ended.
func TestExampleWatchGoesOnWhereItWas(t *testing.T) {
	program, file := build(t, ".", "./examples/watch"), filepath.Join(t.TempDir(), "position")
	client := sharedClient(t)
	addSink(t, client, "watch-0")
	events := listen(testContext(t), client, allAdditions)
	started := events.awaitStarted(t)
	addSink(t, client, "watch-1")
	item := events.awaitItem(t, adds("watch-1"))
	write(t, file, item[len(item)-1].Event.GetCursor())
	addSink(t, client, "watch-2")
	for _, line := range awaitLine(t, `processor:watch-2 ProcessorAdded$`, program, file, sharedURL(t)) {
		// What becomes of it later is told all the same.
		if strings.Contains(line, "watch-1 ProcessorAdded") {
			t.Errorf("line was %q", line)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(kept), started.GetStreamId()) {
		t.Errorf("position was %q, %v", kept, err)
	}
}

// What the driver for the scenarios of all clients answers.
func TestConformanceDriverAnswersEachOperation(t *testing.T) {
	command := exec.Command(build(t, ".", "./conformance"), sharedURL(t))
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	lines := bufio.NewScanner(output)
	say := func(line string) {
		if _, err := io.WriteString(input, line+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	// The first answer with the id, as it stands; others are passed over.
	hear := func(pattern string) map[string]any {
		t.Helper()
		for lines.Scan() {
			if !regexp.MustCompile(pattern).MatchString(lines.Text()) {
				continue
			}
			var answer map[string]any
			if err := json.Unmarshal(lines.Bytes(), &answer); err != nil {
				t.Fatal(err)
			}
			return answer
		}
		t.Fatalf("no answer was %s", pattern)
		return nil
	}

	say(`{"id":1,"op":"call","service":"RuntimeService","method":"GetRuntimeState"}`)
	state := hear(`^\{"id":1,"ok":`)["ok"].(map[string]any)
	streamID, sequence := state["stream_id"].(string), state["as_of_sequence"].(string)
	say(`{"id":2,"op":"subscribe","request":{"stream_id":"` + streamID + `","after_sequence":"` + sequence + `"}}`)
	say(`{"id":3,"op":"call","service":"ProcessorService","method":"CreateProcessor","request":{"processor_type":"NullSink","processorId":"driven"}}`)
	hear(`^\{"id":2,"item":\{"event":\{.*"processor_added":\{"processor_id":"driven"`)
	say(`{"id":2,"op":"cancel"}`)
	hear(`^\{"id":2,"end":\{\}\}$`)
	say(`{"id":4,"op":"call","service":"ProcessorService","method":"GetProcessor","request":{"processor_id":"nobody"}}`)
	hear(`^\{"id":4,"error":\{"code":"not_found","reason":"PROCESSOR_NOT_FOUND","message":"`)
	say(`{"id":5,"op":"call","service":"ProcessorService","method":"Juggle"}`)
	hear(`^\{"id":5,"error":\{"code":"invalid_argument","message":"method .*Juggle`)
	say(`{"id":6,"op":"dance"}`)
	hear(`^\{"id":6,"error":\{"code":"invalid_argument","message":"op .*dance`)
	say(`{"id":7,"op":"stream","service":"TapService","method":"TapLink","request":{"link_id":"none"}}`)
	hear(`^\{"id":7,"error":\{"code":"not_found","reason":"LINK_NOT_FOUND"`)
	say(`{"id":8,"op":"stream","service":"EventService","method":"Subscribe","request":{}}`)
	hear(`^\{"id":8,"item":\{"started":`)
	say(`{"id":9,"op":"subscribe","request":{"after":"gone:1"}}`)
	hear(`^\{"id":9,"error":\{"code":"out_of_range","reason":"RESUME_POINT_LOST"`)
	if err := input.Close(); err != nil {
		t.Fatal(err)
	}
	hear(`^\{"id":8,"end":\{\}\}$`)
	if err := command.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}
