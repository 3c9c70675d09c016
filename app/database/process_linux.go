package database

import (
	"os"
	"strconv"
	"strings"
)

// inspectProcess looks at a process; not ok where there is none.
func inspectProcess(pid int) (process, bool) {
	folder := "/proc/" + strconv.Itoa(pid)
	text, err := os.ReadFile(folder + "/status")
	if err != nil {
		return process{}, false
	}
	var found process
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		if len(fields) == 0 {
			continue
		}
		switch name {
		case "Name":
			found.name = fields[0]
		case "State":
			found.zombie = fields[0] == "Z" || fields[0] == "X"
		case "Uid":
			uid, _ := strconv.ParseUint(fields[0], 10, 32)
			found.uid = uint32(uid)
		}
	}
	found.dir, _ = os.Readlink(folder + "/cwd")
	return found, true
}
