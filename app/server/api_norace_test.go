//go:build !race

package server_test

// wildShare is 1: everything is sent.
const wildShare = 1
