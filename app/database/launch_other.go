//go:build !linux

package database

import "syscall"

// attributes puts a child into a process group of its own, so that Ctrl-C in a
// terminal reaches only us, and runs it as the account. This system tells no
// child of our death: the next start adopts it.
func attributes(a *account, _ syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}
