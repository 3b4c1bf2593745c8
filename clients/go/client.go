package streamlib

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"connectrpc.com/connect"
	"github.com/streamlib/streamlib/clients/go/gen/streamlib/v1/streamlibv1connect"
)

// Client has the services of one server. Its methods and its services may be used by any number of goroutines.
// Errors of all of them are an [*Error].
type Client struct {
	Runtime    streamlibv1connect.RuntimeServiceClient
	Processors streamlibv1connect.ProcessorServiceClient
	Links      streamlibv1connect.LinkServiceClient
	Pipelines  streamlibv1connect.PipelineServiceClient
	Runners    streamlibv1connect.RunnerServiceClient
	Strategies streamlibv1connect.StrategyServiceClient
	Backtests  streamlibv1connect.BacktestServiceClient
	// EventService is the bare service; [Client.Events] reconnects and resumes.
	EventService streamlibv1connect.EventServiceClient
	// TapService is the bare service; [Client.Tap] reconnects.
	TapService streamlibv1connect.TapServiceClient

	httpClient connect.HTTPClient
	settings   clientSettings
	end        context.CancelFunc
}

// Connect gives a client for the server at an address as http://127.0.0.1:9000; a path in it goes before that of each
// call. It opens no connection: the first call does. Without options it speaks the Connect protocol over HTTP/2, in
// cleartext for http and by TLS for https. It fails for an address or an option that can never work.
func Connect(address string, options ...ClientOption) (*Client, error) {
	parsed, err := url.Parse(address)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return nil, fmt.Errorf("address must be http://HOST:PORT or https://HOST:PORT, was %q", address)
	}
	settings, err := newClientSettings(options)
	if err != nil {
		return nil, err
	}
	httpClient := settings.httpClient
	if httpClient == nil {
		httpClient = newHTTPClient(parsed.Scheme, settings.pings)
	}
	life, end := context.WithCancel(context.Background())
	bare := clientOptions(settings, nil)
	check := newVersionCheck(life, streamlibv1connect.NewRuntimeServiceClient(httpClient, address, bare...), settings)
	each := clientOptions(settings, check)
	return &Client{
		Runtime:      streamlibv1connect.NewRuntimeServiceClient(httpClient, address, each...),
		Processors:   streamlibv1connect.NewProcessorServiceClient(httpClient, address, each...),
		Links:        streamlibv1connect.NewLinkServiceClient(httpClient, address, each...),
		Pipelines:    streamlibv1connect.NewPipelineServiceClient(httpClient, address, each...),
		Runners:      streamlibv1connect.NewRunnerServiceClient(httpClient, address, each...),
		Strategies:   streamlibv1connect.NewStrategyServiceClient(httpClient, address, each...),
		Backtests:    streamlibv1connect.NewBacktestServiceClient(httpClient, address, each...),
		EventService: streamlibv1connect.NewEventServiceClient(httpClient, address, each...),
		TapService:   streamlibv1connect.NewTapServiceClient(httpClient, address, each...),
		httpClient:   httpClient,
		settings:     settings,
		end:          end,
	}, nil
}

// Close ends the connections that no call uses. Streams end with their contexts.
func (c *Client) Close() {
	c.end()
	if own, ok := c.httpClient.(*http.Client); ok && c.settings.httpClient == nil {
		own.CloseIdleConnections()
	}
}

func clientOptions(settings clientSettings, check *versionCheck) []connect.ClientOption {
	interceptor := &callInterceptor{token: settings.token, check: check}
	return append(settings.protocol.clientOptions(), connect.WithInterceptors(interceptor))
}
