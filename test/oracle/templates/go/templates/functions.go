package main

import (
	"errors"
	"fmt"
	"maps"
	"text/template"
	"time"

	"github.com/Masterminds/sprig"
	sprig3 "github.com/Masterminds/sprig/v3"
)

// kanisterFunctions is sprig's map with what Kanister puts in place of functions that FIPS does not allow.
func kanisterFunctions() template.FuncMap {
	functions := maps.Clone(sprig.TxtFuncMap())
	refuse := func(usage string) error {
		return fmt.Errorf("sprig usage of '%s' is not allowed by kanister as it is not FIPS compatible", usage)
	}
	replace := func(name string, function any) {
		if _, exists := functions[name]; exists {
			functions[name] = function
		}
	}
	replace("bcrypt", func(string) (string, error) { return "", refuse("bcrypt") })
	replace("derivePassword", func(uint32, string, string, string, string) (string, error) {
		return "", refuse("derivePassword")
	})
	generate := functions["genPrivateKey"].(func(string) string)
	replace("genPrivateKey", func(kind string) (string, error) {
		switch kind {
		case "rsa", "ecdsa", "ed25519":
			return generate(kind), nil
		}
		return "", refuse("genPrivateKey for " + kind)
	})
	replace("htpasswd", func(string, string) (string, error) { return "", refuse("htpasswd") })
	return functions
}

// functionsFor gives the functions that a request asks for, with a clock that stands still when it names a time.
func functionsFor(set string, now string) (template.FuncMap, error) {
	switch set {
	case "none":
		return template.FuncMap{}, nil
	case "", "kanister", "additions":
	default:
		return nil, errors.New("unknown set of functions " + set)
	}
	functions := kanisterFunctions()
	if set == "additions" {
		for name, function := range sprig3.TxtFuncMap() {
			if _, exists := functions[name]; !exists {
				functions[name] = function
			}
		}
	}
	if now == "" {
		return functions, nil
	}
	at, err := time.Parse(time.RFC3339Nano, now)
	if err != nil {
		return nil, err
	}
	functions["now"] = func() time.Time { return at }
	return functions, nil
}
