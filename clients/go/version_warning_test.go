package streamlib_test

import (
	"log/slog"
	"strings"
	"testing"

	streamlib "github.com/streamlib/streamlib/clients/go"
	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
)

func TestServerOfAnotherVersionIsWarnedOfOnce(t *testing.T) {
	var log lockedBuffer
	client := sharedClient(t, streamlib.AsVersion("99.1.0"),
		streamlib.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	warnings := func() int { return strings.Count(log.String(), "level=WARN") }
	call := func() {
		if _, err := client.Links.ListLinks(testContext(t), &pb.ListLinksRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	call()
	eventually(t, func() bool { return warnings() == 1 })
	if text := log.String(); !strings.Contains(text, "client=99.1.0 server="+streamlib.Version) {
		t.Errorf("log was %s", text)
	}
	for range 50 {
		call()
	}
	if warnings() != 1 {
		t.Errorf("log was %s", log.String())
	}
}
