package database

import "syscall"

// attributes puts a child into a process group of its own, so that Ctrl-C in a
// terminal reaches only us, runs it as the account, and lets the kernel signal
// it when we die; 0 is no signal.
func attributes(a *account, death syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}
