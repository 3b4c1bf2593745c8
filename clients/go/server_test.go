package streamlib_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	streamlib "github.com/streamlib/streamlib/clients/go"
)

const listening = "streamlib listening on "

// A server of this checkout in a process of its own.
type server struct {
	command *exec.Cmd
	url     string
	killed  sync.Once
}

// The program is the node that runs the tests, or that of PATH.
func startServer(arguments ...string) (*server, error) {
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..")
	node := os.Getenv("STREAMLIB_TEST_NODE")
	if node == "" {
		node = "node"
	}
	command := exec.Command(node, append([]string{filepath.Join(root, "server", "main.ts"), "serve"}, arguments...)...)
	command.Dir = root
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("node must be installed: %w", err)
	}
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if url, found := strings.CutPrefix(lines.Text(), listening); found {
			go func() {
				for lines.Scan() {
				}
			}()
			return &server{command: command, url: url}, nil
		}
	}
	return nil, fmt.Errorf("the server ended before it listened: %w", command.Wait())
}

// Kills the process as a fault would, and waits for its end.
func (s *server) kill() {
	s.killed.Do(func() {
		_ = s.command.Process.Kill()
		_ = s.command.Wait()
	})
}

// One server for all tests that do not care what else happens on it. It starts when it is first asked for.
var shared = sync.OnceValues(func() (*server, error) {
	running, err := startServer("--port", "0", "--ephemeral")
	sharedServer.Store(running)
	return running, err
})

var sharedServer atomic.Pointer[server]

func TestMain(m *testing.M) {
	code := m.Run()
	if running := sharedServer.Load(); running != nil {
		running.kill()
	}
	os.Exit(code)
}

func sharedClient(t *testing.T, options ...streamlib.ClientOption) *streamlib.Client {
	t.Helper()
	running, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return newClient(t, running.url, options...)
}

func newClient(t *testing.T, url string, options ...streamlib.ClientOption) *streamlib.Client {
	t.Helper()
	client, err := streamlib.Connect(url, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// A server that ends with the test.
func ownServer(t *testing.T, arguments ...string) *server {
	t.Helper()
	running, err := startServer(arguments...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.kill)
	return running
}

// A port that was free a moment ago, for a server that comes back to the same one.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

const patience = 30 * time.Second

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Asks the process to end, and waits until it has.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.killed.Do(func() {
		if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := s.command.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came to hold")
		}
	}
}
