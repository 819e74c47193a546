package main

import "github.com/drone/envsubst"

type substitutionInput struct {
	Text   string            `json:"text"`
	Values map[string]string `json:"values"`
}

// substitute asks the library that KubeStash's is a copy of, where the two agree: every variable has a value, and it is not empty.
func substitute(input substitutionInput) any {
	return withoutPanic(func() any {
		replaced, err := envsubst.Eval(input.Text, func(name string) string { return input.Values[name] })
		if err != nil {
			return refused(err)
		}
		return map[string]any{"text": replaced}
	})
}
