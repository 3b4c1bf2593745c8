package streamlib_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	streamlib "github.com/streamlib/streamlib/clients/go"
)

// Passes bytes on. When it is cut, those of the connections so far go nowhere, and nothing is closed, as it is when a
// network is gone; later connections are whole.
type relay struct {
	listener net.Listener
	cuts     atomic.Int32
}

func (r *relay) cut() { r.cuts.Add(1) }

func startRelay(t *testing.T, target string) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	r := &relay{listener: listener}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", target)
			if err != nil {
				_ = near.Close()
				return
			}
			born := r.cuts.Load()
			go r.pass(near, far, born)
			go r.pass(far, near, born)
		}
	}()
	return r
}

func (r *relay) pass(to, from net.Conn, born int32) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			_ = to.Close()
			return
		}
		if r.cuts.Load() == born {
			_, _ = to.Write(buffer[:n])
		}
	}
}

func TestConnectionWhosePeerVanishedIsOpenedAgain(t *testing.T) {
	running, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	link := startRelay(t, strings.TrimPrefix(running.url, "http://"))
	client := newClient(t, "http://"+link.listener.Addr().String(), silent,
		streamlib.WithPings(100*time.Millisecond, 200*time.Millisecond))
	events := listen(testContext(t), client, streamlib.Filter{Types: []string{"ProcessorAdded"}})
	events.awaitStarted(t)
	link.cut()
	addSink(t, sharedClient(t), "in-silence")
	events.awaitItem(t, adds("in-silence"))
}
