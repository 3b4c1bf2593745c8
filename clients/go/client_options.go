package streamlib

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"connectrpc.com/connect"
)

// ClientOption is what [Connect] may be told beside the address.
type ClientOption func(*clientSettings) error

type clientSettings struct {
	token      string
	protocol   Protocol
	httpClient connect.HTTPClient
	logger     *slog.Logger
	// What the server's version is compared with.
	version string
	pings   pings
}

func newClientSettings(options []ClientOption) (clientSettings, error) {
	settings := clientSettings{protocol: ProtocolConnect, logger: slog.Default(), version: Version, pings: defaultPings}
	for _, option := range options {
		if err := option(&settings); err != nil {
			return clientSettings{}, err
		}
	}
	return settings, nil
}

// WithToken sends the token as `Authorization: Bearer …` with every call.
func WithToken(token string) ClientOption {
	return func(settings *clientSettings) error {
		if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return errors.New("token must be printable ASCII without spaces; it is not shown here")
		}
		settings.token = token
		return nil
	}
}

// WithProtocol chooses what is spoken. Default: [ProtocolConnect].
func WithProtocol(protocol Protocol) ClientOption {
	return func(settings *clientSettings) error {
		if _, known := protocolOptions[protocol]; !known {
			return fmt.Errorf("protocol must be connect, grpc or grpc-web, was %q", string(protocol))
		}
		settings.protocol = protocol
		return nil
	}
}

// WithHTTPClient takes a client of one's own, as one with certificates or a proxy. [ProtocolGRPC] needs HTTP/2 of it.
func WithHTTPClient(client connect.HTTPClient) ClientOption {
	return func(settings *clientSettings) error {
		if client == nil {
			return errors.New("http client must not be nil")
		}
		settings.httpClient = client
		return nil
	}
}

// WithLogger says where the client warns: of a server of another version, and of each connection that a stream has lost.
// Default: [slog.Default].
func WithLogger(logger *slog.Logger) ClientOption {
	return func(settings *clientSettings) error {
		if logger == nil {
			return errors.New("logger must not be nil")
		}
		settings.logger = logger
		return nil
	}
}
