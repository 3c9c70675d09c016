//go:build !linux

package database

import (
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// inspectProcess looks at a process; not ok where there is none. Where it works
// is not told here.
func inspectProcess(pid int) (process, bool) {
	text, err := exec.Command("ps", "-o", "uid=,state=,comm=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec,noctx // a number
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 3 {
		return process{}, false
	}
	uid, _ := strconv.ParseUint(fields[0], 10, 32)
	return process{
		uid: uint32(uid), zombie: strings.HasPrefix(fields[1], "Z"),
		name: filepath.Base(strings.Join(fields[2:], " ")),
	}, true
}
