package streamlib

import (
	"net"
	"net/http"
	"time"

	"connectrpc.com/connect"
)

// Protocol is how calls are put into HTTP.
type Protocol string

const (
	// ProtocolConnect works over any version of HTTP.
	ProtocolConnect Protocol = "connect"
	// ProtocolGRPC needs HTTP/2.
	ProtocolGRPC Protocol = "grpc"
	// ProtocolGRPCWeb is for proxies that know it and nothing else.
	ProtocolGRPCWeb Protocol = "grpc-web"
)

var protocolOptions = map[Protocol][]connect.ClientOption{
	ProtocolConnect: {},
	ProtocolGRPC:    {connect.WithGRPC()},
	ProtocolGRPCWeb: {connect.WithGRPCWeb()},
}

func (p Protocol) clientOptions() []connect.ClientOption {
	return append([]connect.ClientOption(nil), protocolOptions[p]...)
}

const (
	dialTimeout = 10 * time.Second
	// How long a connection may be silent before it is asked whether it lives, and how long the answer may take.
	pingAfter   = 15 * time.Second
	pingTimeout = 15 * time.Second
)

// One connection of HTTP/2 for all calls: in cleartext where the scheme is http, which the server takes without an
// upgrade; HTTP/1.1 is left to TLS servers that speak nothing else.
func newHTTPClient(scheme string) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP2(true)
	if scheme == "https" {
		protocols.SetHTTP1(true)
	} else {
		protocols.SetUnencryptedHTTP2(true)
	}
	return &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout: dialTimeout,
		Protocols:           protocols,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}}
}
