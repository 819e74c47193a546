// Command init is process 1: of the cluster's PID namespace, where it starts the program that its arguments name, and of every pod, where
// it has none and waits for its end. It reaps what others left behind, and passes SIGTERM and SIGINT on. When the program ends, it ends
// with the same exit code, and the kernel ends everything else in the namespace.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	child := 0
	if len(os.Args) > 1 {
		process, err := os.StartProcess(os.Args[1], os.Args[1:], &os.ProcAttr{
			Env:   os.Environ(),
			Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, "init:", err)
			os.Exit(127)
		}
		child = process.Pid
	}
	for received := range signals {
		switch received {
		case syscall.SIGCHLD:
			reap(child)
		default:
			if child == 0 {
				os.Exit(0)
			}
			// The child may have ended meanwhile: SIGCHLD, which says so, is then in the channel.
			_ = syscall.Kill(child, received.(syscall.Signal))
		}
	}
}

// reap collects every process that has ended, and ends this one with the child's exit code.
func reap(child int) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if pid != child {
			continue
		}
		if status.Signaled() {
			os.Exit(128 + int(status.Signal()))
		}
		os.Exit(status.ExitStatus())
	}
}
