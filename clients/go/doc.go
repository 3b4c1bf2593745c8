// Package streamlib drives a streamlib server: a graph of processors that is edited and observed while it runs.
//
// [Connect] gives a [Client] with a typed stub of each service. [Client.Events] follows what happens, over lost
// connections and restarts of the server; [Client.Tap] shows the frames of a link; [Client.Graph] collects edits and
// applies them together. Every call answers errors as [*Error].
//
// The messages are those of the schema, in [github.com/streamlib/streamlib/clients/go/gen/streamlib/v1].
package streamlib
