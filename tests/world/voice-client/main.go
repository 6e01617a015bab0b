// A person's device in a voice channel, for tests: it joins a room of LiveKit with the token that Kith gave, sends a sound if it may,
// and tells on its output, one JSON object a line, what it learns: {"event": "connected" | "hears" | "ended", …}.
//
// Its WebRTC is that of LiveKit's own tests. It ends when the server ends the connection, or when it is ended.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/livekit/livekit-server/pkg/telemetry/prometheus"
	testclient "github.com/livekit/livekit-server/test/client"
	"github.com/livekit/protocol/codecs/mime"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/logger"
)

func tell(event string, more map[string]any) {
	line := map[string]any{"event": event}
	for key, value := range more {
		line[key] = value
	}
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "voice-client ws://HOST:PORT TOKEN")
		os.Exit(2)
	}
	logger.InitFromConfig(&logger.Config{Level: "error"}, "voice-client")
	// Its WebRTC counts as the server's does.
	if err := prometheus.Init("voice-client", livekit.NodeType_SERVER); err != nil {
		panic(err)
	}
	options := &testclient.Options{AutoSubscribe: true, SignalRequestInterceptor: asMicrophone}
	connection, err := testclient.NewWebSocketConn(os.Args[1], os.Args[2], options)
	if err != nil {
		tell("refused", map[string]any{"why": err.Error()})
		os.Exit(1)
	}
	client, err := testclient.NewRTCClient(connection, false, options)
	if err != nil {
		tell("refused", map[string]any{"why": err.Error()})
		os.Exit(1)
	}
	ended := make(chan error, 1)
	go func() { ended <- client.Run() }()
	go follow(client)
	err = <-ended
	why := ""
	if err != nil {
		why = err.Error()
	}
	tell("ended", map[string]any{"why": why})
}

// Says that what is sent is a microphone: a token names what its holder may send.
func asMicrophone(request *livekit.SignalRequest, next testclient.SignalRequestHandler) error {
	if track, ok := request.Message.(*livekit.SignalRequest_AddTrack); ok {
		track.AddTrack.Source = livekit.TrackSource_MICROPHONE
	}
	return next(request)
}

// Sends a sound once connected, and tells whenever it hears somebody.
func follow(client *testclient.RTCClient) {
	if err := client.WaitUntilConnected(); err != nil {
		tell("unconnected", map[string]any{"why": err.Error()})
		return
	}
	tell("connected", nil)
	go func() {
		// Refused by the server where the token does not allow it: nobody hears anything then.
		_, err := client.AddStaticTrack(mime.MimeTypeOpus.String(), "audio", "sound")
		if err != nil {
			tell("unpublished", map[string]any{"why": err.Error()})
		}
	}()
	before := uint64(0)
	for range time.Tick(200 * time.Millisecond) {
		if bytes := client.BytesReceived(); bytes > before {
			before = bytes
			tell("hears", map[string]any{"bytes": bytes})
		}
	}
}
