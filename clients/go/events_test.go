package streamlib_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

var allAdditions = streamlib.Filter{Types: []string{"ProcessorAdded"}}

var silent = streamlib.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))

// What a subscription tells, in a few words, until it ends or the consumer has seen enough.
type listener struct {
	started  chan *pb.SubscriptionStarted
	items    chan streamlib.Item
	end      chan error
	position streamlib.Position
}

func listen(
	ctx context.Context, client *streamlib.Client, filter streamlib.Filter, options ...streamlib.EventsOption,
) *listener {
	l := &listener{
		started: make(chan *pb.SubscriptionStarted, 1000),
		items:   make(chan streamlib.Item, 100_000),
		end:     make(chan error, 1),
	}
	options = append(options, streamlib.WithPosition(&l.position),
		streamlib.WithOnStarted(func(message *pb.SubscriptionStarted) { l.started <- message }))
	go func() {
		var last error
		for item, err := range client.Events(ctx, filter, options...) {
			if err != nil {
				last = err
				continue
			}
			l.items <- item
		}
		l.end <- last
	}()
	return l
}

func (l *listener) awaitStarted(t *testing.T) *pb.SubscriptionStarted {
	t.Helper()
	select {
	case message := <-l.started:
		return message
	case err := <-l.end:
		t.Fatalf("it ended: %v", err)
	case <-time.After(patience):
		t.Fatal("it never began")
	}
	return nil
}

// The items up to the first that is wanted, which is the last of them.
func (l *listener) awaitItem(t *testing.T, isWanted func(streamlib.Item) bool) []streamlib.Item {
	t.Helper()
	var heard []streamlib.Item
	for {
		select {
		case item := <-l.items:
			heard = append(heard, item)
			if isWanted(item) {
				return heard
			}
		case err := <-l.end:
			t.Fatalf("it ended after %d items: %v", len(heard), err)
		case <-time.After(patience):
			t.Fatalf("it never came, after %v", heard)
		}
	}
}

func (l *listener) awaitEnd(t *testing.T) error {
	t.Helper()
	select {
	case err := <-l.end:
		return err
	case <-time.After(patience):
		t.Fatal("it never ended")
		return nil
	}
}

func adds(id string) func(streamlib.Item) bool {
	return func(item streamlib.Item) bool { return item.Event.GetProcessorAdded().GetProcessorId() == id }
}

func addSink(t *testing.T, client *streamlib.Client, id string) {
	t.Helper()
	request := &pb.CreateProcessorRequest{ProcessorType: "NullSink", ProcessorId: id}
	if _, err := client.Processors.CreateProcessor(testContext(t), request); err != nil {
		t.Fatal(err)
	}
}

// Edits, a kill, a restart, edits, twice: each subscriber is told every control event once, in the order of the journal.
func TestEventsLoseAndRepeatNothingOverKillAndRestart(t *testing.T) {
	state, port := t.TempDir(), freePort(t)
	arguments := []string{"--port", port, "--state", state}
	running := ownServer(t, arguments...)
	filters := map[string]streamlib.Filter{
		"everything": {},
		"additions":  {Types: []string{"ProcessorAdded"}},
	}
	listeners := make(map[string]*listener)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, protocol := range protocols {
		for name, filter := range filters {
			client := newClient(t, running.url, streamlib.WithProtocol(protocol), silent)
			listeners[name+" by "+string(protocol)] = listen(ctx, client, filter)
		}
	}
	for _, each := range listeners {
		each.awaitStarted(t)
	}

	var want []string
	add := func(life, from, to int) {
		client := newClient(t, running.url)
		for i := from; i < to; i++ {
			id := fmt.Sprintf("sink-%d-%d", life, i)
			addSink(t, client, id)
			want = append(want, id)
		}
	}
	add(0, 0, 20)
	const restarts = 2
	for life := 1; life <= restarts; life++ {
		running.kill()
		running = ownServer(t, arguments...)
		back := time.Now()
		for name, each := range listeners {
			message := each.awaitStarted(t)
			if !message.GetResumed() {
				t.Errorf("%s: was not resumed", name)
			}
		}
		t.Logf("all resumed %d ms after the server was back", time.Since(back).Milliseconds())
		add(life, 0, 20)
	}

	for name, each := range listeners {
		t.Run(name, func(t *testing.T) {
			heard := each.awaitItem(t, adds(want[len(want)-1]))
			var added, cursors []string
			gaps := 0
			for _, item := range heard {
				if event := item.Event; event != nil {
					cursors = append(cursors, event.GetCursor())
					if event.GetProcessorAdded() != nil {
						added = append(added, event.GetProcessorAdded().GetProcessorId())
					}
				}
				if item.Gap.GetReason() == pb.GapReason_GAP_REASON_RESTART {
					gaps++
				}
			}
			if !slices.Equal(added, want) {
				t.Errorf("added was %q, must be %q", added, want)
			}
			slices.Sort(cursors)
			if unique := slices.Compact(slices.Clone(cursors)); len(unique) != len(cursors) {
				t.Errorf("%d events came twice", len(cursors)-len(unique))
			}
			// Only who wants more than control events has missed some.
			wantGaps := 0
			if strings.HasPrefix(name, "everything") {
				wantGaps = restarts
			}
			if gaps != wantGaps {
				t.Errorf("gaps of a restart were %d, must be %d", gaps, wantGaps)
			}
		})
	}
	cancel()
	for name, each := range listeners {
		if err := each.awaitEnd(t); err != nil {
			t.Errorf("%s: ended with %v", name, err)
		}
	}
}

func TestEventsGoOnAfterThePlannedEndOfAServer(t *testing.T) {
	t.Parallel()
	state, port := t.TempDir(), freePort(t)
	running := ownServer(t, "--port", port, "--state", state)
	client := newClient(t, running.url, silent)
	events := listen(testContext(t), client, streamlib.Filter{Types: []string{"ProcessorAdded"}})
	events.awaitStarted(t)
	addSink(t, client, "before")
	events.awaitItem(t, adds("before"))
	running.stop(t)
	ownServer(t, "--port", port, "--state", state)
	events.awaitStarted(t)
	addSink(t, client, "after")
	if heard := events.awaitItem(t, adds("after")); len(heard) != 1 {
		t.Errorf("heard was %v", heard)
	}
}

func TestKeptCursorResumesInAnotherClient(t *testing.T) {
	first := sharedClient(t)
	ctx, cancel := context.WithCancel(testContext(t))
	filter := streamlib.Filter{Types: []string{"ProcessorAdded"}}
	events := listen(ctx, first, filter)
	events.awaitStarted(t)
	addSink(t, first, "kept-1")
	events.awaitItem(t, adds("kept-1"))
	cancel()
	if err := events.awaitEnd(t); err != nil {
		t.Fatal(err)
	}
	addSink(t, first, "kept-2")
	addSink(t, first, "kept-3")
	cursor := events.position.Cursor()
	later := listen(testContext(t), sharedClient(t), filter, streamlib.WithAfter(cursor))
	heard := later.awaitItem(t, adds("kept-3"))
	if len(heard) != 2 || !adds("kept-2")(heard[0]) {
		t.Errorf("heard was %v after %q", heard, cursor)
	}
	if later.position.Cursor() != heard[1].Event.GetCursor() {
		t.Errorf("cursor was %q", later.position.Cursor())
	}
}

func TestHeartbeatsMoveThePosition(t *testing.T) {
	client := sharedClient(t)
	events := listen(testContext(t), client, streamlib.Filter{Topics: []string{"nobody-speaks-here"}},
		streamlib.WithHeartbeat(50*time.Millisecond))
	events.awaitStarted(t)
	before := events.position.Cursor()
	addSink(t, client, "unheard")
	eventually(t, func() bool { return events.position.Cursor() != before })
	if len(events.items) != 0 {
		t.Errorf("heard was %v", <-events.items)
	}
}

func TestSnapshotComesBeforeItsChanges(t *testing.T) {
	client := sharedClient(t)
	addSink(t, client, "in-snapshot")
	events := listen(testContext(t), client, streamlib.Filter{}, streamlib.WithSnapshot())
	parts := events.awaitItem(t, func(item streamlib.Item) bool { return item.SnapshotEnd != nil })
	isPart := func(item streamlib.Item) bool {
		return item.Snapshot.GetProcessor().GetProcessorId() == "in-snapshot"
	}
	if !slices.ContainsFunc(parts, isPart) {
		t.Errorf("snapshot was %v", parts)
	}
	addSink(t, client, "after-snapshot")
	events.awaitItem(t, adds("after-snapshot"))
}

func TestListIsFollowedByItsChanges(t *testing.T) {
	client := sharedClient(t)
	list, err := client.Processors.ListProcessors(testContext(t), &pb.ListProcessorsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	addSink(t, client, "after-list")
	events := listen(testContext(t), client, streamlib.Filter{Types: []string{"ProcessorAdded"}},
		streamlib.WithAfterSequence(list.GetStreamId(), list.GetAsOfSequence()))
	if heard := events.awaitItem(t, adds("after-list")); len(heard) != 1 {
		t.Errorf("heard was %v", heard)
	}
}

func TestOldestBeginsWithWhatIsKept(t *testing.T) {
	t.Parallel()
	running := ownServer(t, "--port", "0", "--ephemeral")
	client := newClient(t, running.url)
	addSink(t, client, "early")
	events := listen(testContext(t), client, streamlib.Filter{}, streamlib.WithOldest())
	oldest := events.awaitStarted(t).GetOldest()
	heard := events.awaitItem(t, adds("early"))
	if len(heard) < 2 || heard[0].Event.GetSequence() != oldest {
		t.Errorf("first was %v, oldest %d", heard[0], oldest)
	}
}

// A restart without a journal cannot be resumed from: that is an error and no silent jump.
func TestLostResumePointIsRaised(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	running := ownServer(t, "--port", port, "--ephemeral")
	client := newClient(t, running.url, silent)
	events := listen(testContext(t), client, streamlib.Filter{})
	events.awaitStarted(t)
	running.kill()
	ownServer(t, "--port", port, "--ephemeral")
	var failure *streamlib.Error
	if err := events.awaitEnd(t); !errors.As(err, &failure) || failure.Reason != "RESUME_POINT_LOST" {
		t.Errorf("error was %v", err)
	}
}

// With the policy that says so, the gap of a restart is told and then raised.
func TestGapCanBeTheEnd(t *testing.T) {
	t.Parallel()
	state, port := t.TempDir(), freePort(t)
	running := ownServer(t, "--port", port, "--state", state)
	client := newClient(t, running.url, silent)
	events := listen(testContext(t), client, streamlib.Filter{}, streamlib.WithFailOnGap())
	events.awaitStarted(t)
	running.kill()
	ownServer(t, "--port", port, "--state", state)
	events.awaitItem(t, func(item streamlib.Item) bool { return item.Gap != nil })
	var failure *streamlib.Error
	if err := events.awaitEnd(t); !errors.As(err, &failure) || failure.Reason != "RESUME_POINT_LOST" {
		t.Errorf("error was %v", err)
	}
}

func TestEndOfTheContextIsTheEndOfTheLoop(t *testing.T) {
	for name, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"cancelled": context.WithCancel,
		"expired": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 50*time.Millisecond)
		},
	} {
		for _, protocol := range protocols {
			t.Run(name+" by "+string(protocol), func(t *testing.T) {
				ctx, cancel := end(context.Background())
				defer cancel()
				client := sharedClient(t, streamlib.WithProtocol(protocol))
				events := listen(ctx, client, streamlib.Filter{})
				if name == "cancelled" {
					events.awaitStarted(t)
					cancel()
				}
				if err := events.awaitEnd(t); err != nil {
					t.Errorf("error was %v", err)
				}
			})
		}
	}
}

// While nobody is there it waits, and the end of the context ends that too.
func TestEndOfTheContextEndsTheWaitForAServer(t *testing.T) {
	var log lockedBuffer
	client := newClient(t, "http://127.0.0.1:"+freePort(t),
		streamlib.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	events := listen(ctx, client, streamlib.Filter{})
	eventually(t, func() bool { return strings.Count(log.String(), "opened again") >= 2 })
	cancel()
	if err := events.awaitEnd(t); err != nil {
		t.Errorf("error was %v", err)
	}
}

func TestLeavingTheLoopClosesTheStream(t *testing.T) {
	client := sharedClient(t)
	filter := streamlib.Filter{Types: []string{"ProcessorAdded"}}
	for i := range 150 {
		// NB: a connection has at most 100 streams.
		for item, err := range client.Events(testContext(t), filter, streamlib.WithOldest()) {
			if err != nil {
				t.Fatalf("subscription %d: %v", i, err)
			}
			if item.Event == nil {
				t.Fatalf("item was %v", item)
			}
			break
		}
		if i == 0 {
			addSink(t, client, "left")
		}
	}
}

func TestOptionsThatContradictAreAnError(t *testing.T) {
	client := sharedClient(t)
	for name, options := range map[string][]streamlib.EventsOption{
		"two beginnings": {streamlib.WithAfter("a:1"), streamlib.WithOldest()},
		"no position":    {streamlib.WithPosition(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			count := 0
			for _, err := range client.Events(testContext(t), streamlib.Filter{}, options...) {
				count++
				if err == nil {
					t.Error("no error")
				}
			}
			if count != 1 {
				t.Errorf("items were %d", count)
			}
		})
	}
}

// What a log has written so far.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(bytes []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(bytes)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
