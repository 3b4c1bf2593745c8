package streamlib

import (
	"net"
	"net/http"
	"time"
)

const dialTimeout = 10 * time.Second

// How long a connection may be silent before it is asked whether it lives, and how long the answer may take: a peer that
// vanished without closing its connection says nothing either.
type pings struct {
	after   time.Duration
	timeout time.Duration
}

var defaultPings = pings{after: 15 * time.Second, timeout: 10 * time.Second}

// One connection of HTTP/2 for all calls: in cleartext where the scheme is http, which the server takes without an
// upgrade; HTTP/1.1 is left to TLS servers that speak nothing else.
func newHTTPClient(scheme string, pings pings) *http.Client {
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
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pings.after, PingTimeout: pings.timeout},
	}}
}
