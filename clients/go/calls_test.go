package streamlib_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

var protocols = []streamlib.Protocol{streamlib.ProtocolConnect, streamlib.ProtocolGRPC, streamlib.ProtocolGRPCWeb}

func TestCallsByEachProtocol(t *testing.T) {
	for _, protocol := range protocols {
		t.Run(string(protocol), func(t *testing.T) {
			client := sharedClient(t, streamlib.WithProtocol(protocol))
			id := "tone-" + string(protocol)
			created, err := client.Processors.CreateProcessor(testContext(t), &pb.CreateProcessorRequest{
				ProcessorType: "SineGenerator",
				ProcessorId:   id,
			})
			if err != nil {
				t.Fatal(err)
			}
			if created.GetProcessorId() != id {
				t.Errorf("id was %q", created.GetProcessorId())
			}
		})
	}
}

// Of a unary call and of a stream, by each protocol.
func TestErrorsHaveCodeReasonAndViolations(t *testing.T) {
	type failing func(context.Context, *streamlib.Client) error
	calls := map[string]struct {
		call   failing
		code   connect.Code
		reason string
		field  string
	}{
		"not found": {
			call: func(ctx context.Context, client *streamlib.Client) error {
				_, err := client.Processors.GetProcessor(ctx, &pb.GetProcessorRequest{ProcessorId: "nobody"})
				return err
			},
			code: connect.CodeNotFound, reason: "PROCESSOR_NOT_FOUND",
		},
		"config": {
			call: func(ctx context.Context, client *streamlib.Client) error {
				graph := client.Graph()
				graph.AddProcessor("SineGenerator", streamlib.WithConfig(streamlib.Config{"frequency_hz": "high"}))
				_, err := graph.Apply(ctx)
				return err
			},
			code: connect.CodeInvalidArgument, reason: "CONFIG_INVALID", field: "commands[0].config.frequency_hz",
		},
		"events": {
			call: func(ctx context.Context, client *streamlib.Client) error {
				for _, err := range client.Events(ctx, streamlib.Filter{Types: []string{"Nonsense"}}) {
					return err
				}
				return nil
			},
			code: connect.CodeInvalidArgument, reason: "FIELD_INVALID", field: "types[0]",
		},
		"resume point": {
			call: func(ctx context.Context, client *streamlib.Client) error {
				for _, err := range client.Events(ctx, streamlib.Filter{}, streamlib.WithAfter("nostream:7")) {
					return err
				}
				return nil
			},
			code: connect.CodeOutOfRange, reason: "RESUME_POINT_LOST",
		},
		"tap": {
			call: func(ctx context.Context, client *streamlib.Client) error {
				for _, err := range client.Tap(ctx, "no-link") {
					return err
				}
				return nil
			},
			code: connect.CodeNotFound, reason: "LINK_NOT_FOUND",
		},
	}
	for name, want := range calls {
		for _, protocol := range protocols {
			t.Run(name+" by "+string(protocol), func(t *testing.T) {
				client := sharedClient(t, streamlib.WithProtocol(protocol))
				err := want.call(testContext(t), client)
				var failure *streamlib.Error
				if !errors.As(err, &failure) {
					t.Fatalf("error was %v", err)
				}
				if failure.Code != want.code || failure.Reason != want.reason || failure.Message == "" || failure.Retryable {
					t.Errorf("error was %+v", failure)
				}
				fields := make([]string, 0, len(failure.Violations))
				for _, violation := range failure.Violations {
					fields = append(fields, violation.Field)
				}
				if want.field != "" && !slices.Contains(fields, want.field) {
					t.Errorf("fields were %q", fields)
				}
				if connect.CodeOf(err) != want.code {
					t.Errorf("connect.CodeOf was %s", connect.CodeOf(err))
				}
			})
		}
	}
}

func TestServerThatIsNotThereIsRetryable(t *testing.T) {
	client := newClient(t, "http://127.0.0.1:"+freePort(t))
	_, err := client.Runtime.GetRuntimeState(testContext(t), &pb.GetRuntimeStateRequest{})
	var failure *streamlib.Error
	if !errors.As(err, &failure) || failure.Code != connect.CodeUnavailable || !failure.Retryable || failure.Reason != "" {
		t.Errorf("error was %#v", err)
	}
}

func TestCancelledCallIsTheContextsError(t *testing.T) {
	client := sharedClient(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := client.Runtime.GetRuntimeState(ctx, &pb.GetRuntimeStateRequest{})
	var failure *streamlib.Error
	if !errors.As(err, &failure) || failure.Retryable || !errors.Is(err, context.Canceled) {
		t.Errorf("error was %#v", err)
	}
}

// Over HTTP/1.1, through a proxy that looks at the header.
func TestTokenGoesWithEveryCall(t *testing.T) {
	running, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(running.url)
	if err != nil {
		t.Fatal(err)
	}
	headers := make(chan string, 100)
	forward := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers <- fmt.Sprintf("%s %s", r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:], r.Header.Get("Authorization"))
		forward.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	client := newClient(t, proxy.URL, streamlib.WithToken("secret"), streamlib.WithHTTPClient(proxy.Client()))
	ctx := testContext(t)
	if _, err := client.Links.ListLinks(ctx, &pb.ListLinksRequest{}); err != nil {
		t.Fatal(err)
	}
	for _, err := range client.Events(ctx, streamlib.Filter{}, streamlib.WithSnapshot()) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	want := map[string]bool{"ListLinks Bearer secret": true, "GetRuntimeState Bearer secret": true, "Subscribe Bearer secret": true}
	for len(want) > 0 {
		select {
		case header := <-headers:
			if !want[header] {
				t.Fatalf("header was %q", header)
			}
			delete(want, header)
		case <-ctx.Done():
			t.Fatalf("never came: %v", want)
		}
	}
}

func TestConnectRefusesWhatCanNeverWork(t *testing.T) {
	for name, try := range map[string]struct {
		address string
		option  streamlib.ClientOption
		want    string
	}{
		"no scheme": {address: "127.0.0.1:9000", want: `"127.0.0.1:9000"`},
		"scheme":    {address: "ftp://a", want: `"ftp://a"`},
		"no host":   {address: "http://", want: `"http://"`},
		"protocol":  {address: "http://a", option: streamlib.WithProtocol("soap"), want: `"soap"`},
		"token":     {address: "http://a", option: streamlib.WithToken("a\nb"), want: "token"},
		"logger":    {address: "http://a", option: streamlib.WithLogger(nil), want: "logger"},
	} {
		t.Run(name, func(t *testing.T) {
			options := []streamlib.ClientOption{}
			if try.option != nil {
				options = append(options, try.option)
			}
			_, err := streamlib.Connect(try.address, options...)
			if err == nil || !strings.Contains(err.Error(), try.want) {
				t.Errorf("error was %v", err)
			}
		})
	}
}
