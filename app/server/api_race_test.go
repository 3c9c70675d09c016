//go:build race

package server_test

// wildShare is how much less of what is wild is sent under the race detector,
// which makes everything slow; races show all the same.
const wildShare = 5
