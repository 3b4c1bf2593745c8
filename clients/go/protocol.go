package streamlib

import (
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
