package main

import (
	"encoding/json"

	utiljson "k8s.io/apimachinery/pkg/util/json"

	"templates/param"
)

// parameters decodes the parameters of an action. Free-form parts have int64 where a number is whole, as objects from the API have.
func parameters(raw json.RawMessage) (any, error) {
	var result param.TemplateParams
	if err := json.Unmarshal(raw, &result); err != nil {
		return nil, err
	}
	type phase struct{ Output json.RawMessage }
	var free struct {
		Object, PodOverride json.RawMessage
		Phases              map[string]*phase
		DeferPhase          *phase
	}
	if err := json.Unmarshal(raw, &free); err != nil {
		return nil, err
	}
	decode := func(part json.RawMessage, into *map[string]interface{}) error {
		*into = nil
		if len(part) == 0 {
			return nil
		}
		return utiljson.Unmarshal(part, into)
	}
	if err := decode(free.Object, &result.Object); err != nil {
		return nil, err
	}
	if err := decode(free.PodOverride, &result.PodOverride); err != nil {
		return nil, err
	}
	for name, own := range free.Phases {
		if err := decode(own.Output, &result.Phases[name].Output); err != nil {
			return nil, err
		}
	}
	if free.DeferPhase != nil {
		if err := decode(free.DeferPhase.Output, &result.DeferPhase.Output); err != nil {
			return nil, err
		}
	}
	// The engine renders with a value: fields are not addressable.
	return result, nil
}
