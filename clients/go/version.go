package streamlib

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	pb "github.com/streamlib/streamlib/clients/go/gen/streamlib/v1"
	"github.com/streamlib/streamlib/clients/go/gen/streamlib/v1/streamlibv1connect"
)

// Version is that of this client; it is made for servers of the same major and minor version.
const Version = "0.1.0"

const versionTimeout = 10 * time.Second

// Asks a server for its version after the first call that succeeded, beside that call, and warns once where it is not
// that of the client. What keeps the answer from coming is no error of anybody's: the next call asks again.
type versionCheck struct {
	life    context.Context
	runtime streamlibv1connect.RuntimeServiceClient
	logger  *slog.Logger
	version string
	begun   atomic.Bool
}

func newVersionCheck(
	life context.Context,
	runtime streamlibv1connect.RuntimeServiceClient,
	settings clientSettings,
) *versionCheck {
	return &versionCheck{life: life, runtime: runtime, logger: settings.logger, version: settings.version}
}

func (c *versionCheck) start() {
	if c == nil || c.begun.Load() || !c.begun.CompareAndSwap(false, true) {
		return
	}
	go c.ask()
}

func (c *versionCheck) ask() {
	ctx, cancel := context.WithTimeout(c.life, versionTimeout)
	defer cancel()
	state, err := c.runtime.GetRuntimeState(ctx, &pb.GetRuntimeStateRequest{})
	if err != nil {
		c.begun.Store(false)
		return
	}
	if server := state.GetVersion(); majorAndMinor(server) != majorAndMinor(c.version) {
		c.logger.Warn(
			"the server has another version than this client: calls and fields may be missing on either side",
			"client", c.version, "server", server,
		)
	}
}

// `1.2` of `1.2.3-beta.1`.
func majorAndMinor(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(len(parts), 2)], ".")
}
