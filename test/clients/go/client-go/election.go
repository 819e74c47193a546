package main

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// leaderElection lets two candidates lead one after the other.
func leaderElection(ctx context.Context, c cluster) error {
	order := make(chan string, 2)
	candidate := func(ctx context.Context, name string, cancel context.CancelFunc) {
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "election", Namespace: c.namespace},
			Client:     c.clients.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: name},
		}
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock:            lock,
			ReleaseOnCancel: true,
			LeaseDuration:   3 * time.Second,
			RenewDeadline:   2 * time.Second,
			RetryPeriod:     200 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) {
					order <- name
					cancel()
				},
				OnStoppedLeading: func() {},
			},
		})
	}
	first, cancelFirst := context.WithCancel(ctx)
	candidate(first, "one", cancelFirst)
	second, cancelSecond := context.WithCancel(ctx)
	candidate(second, "two", cancelSecond)
	if leaders := [2]string{<-order, <-order}; leaders != [2]string{"one", "two"} {
		return fmt.Errorf("leaders were %v", leaders)
	}
	lease, err := c.clients.CoordinationV1().Leases(c.namespace).Get(ctx, "election", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if transitions := lease.Spec.LeaseTransitions; transitions == nil || *transitions < 1 {
		return fmt.Errorf("the lease counts %v transitions", transitions)
	}
	return nil
}
