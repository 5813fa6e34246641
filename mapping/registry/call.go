package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/twmb/franz-go/pkg/sr"

	"ingest/retry"
)

// errNotFound: the registry says that it has no such thing.
var errNotFound = errors.New("the schema registry does not have it")

// call asks until there is an answer. Its error is ctx's cause, errNotFound or
// errTooLarge, wrapped; all else is tried again, at the next URL.
func call[T any](ctx context.Context, c *Client, what string, ask func(context.Context, *sr.Client) (T, error)) (T, error) {
	backoff := retry.Backoff{Config: c.deps.Retry}
	defer func() {
		if backoff.Attempts() > 0 {
			c.status.free()
		}
	}()
	for {
		at := c.current.Load()
		cl := c.urls[int(at)%len(c.urls)]
		answer, err := ask(ctx, cl)
		if err == nil {
			err = complete(answer)
		}
		c.metrics.asked(err)
		if err == nil {
			return answer, nil
		}
		if ctx.Err() != nil {
			return answer, context.Cause(ctx)
		}
		if final := verdict(ctx, cl, err); final != nil {
			return answer, final
		}
		c.current.CompareAndSwap(at, at+1)
		c.status.stuck(fmt.Sprintf("asking the schema registry for %s: %s", what, describe(err)), backoff.Attempts() == 0)
		if err := backoff.Wait(ctx); err != nil {
			return answer, err
		}
	}
}

// complete refuses JSON that is no schema, as a proxy's page would be.
func complete(answer any) error {
	switch s := answer.(type) {
	case sr.Schema:
		if s.Schema == "" {
			return errEmpty
		}
	case sr.SubjectSchema:
		if s.Schema.Schema == "" {
			return errEmpty
		}
	}
	return nil
}

// verdict gives the error of an answer that stays the same however often it is
// asked for, nil for what may pass or what a person may repair: transport
// errors, 5xx, 429, refused credentials, a wrong path, no JSON.
//
// The codes 404xx are the registry's own ("Errors" in the Confluent Schema
// Registry API reference). A bare 404 can as well mean that the URL's path is
// wrong; then the registry's list of schema types is not there either.
func verdict(ctx context.Context, cl *sr.Client, err error) error {
	if errors.Is(err, errTooLarge) {
		return errTooLarge
	}
	answer, ok := errors.AsType[*sr.ResponseError](err)
	if !ok {
		return nil
	}
	switch {
	case answer.StatusCode == http.StatusUnprocessableEntity, answer.ErrorCode/100 == http.StatusNotFound:
		return errNotFound
	case answer.StatusCode == http.StatusNotFound:
		if _, err := cl.SupportedTypes(ctx); err == nil {
			return errNotFound
		}
	}
	return nil
}

// maxReason bounds, in bytes, what is repeated of an answer.
const maxReason = 300

// describe says what went wrong, with what to do where a person must act.
func describe(err error) string {
	answer, ok := errors.AsType[*sr.ResponseError](err)
	if !ok {
		return clip(err.Error())
	}
	hint := ""
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		hint = "check " + prefix + "USERNAME, its password and its rights: "
	case http.StatusNotFound:
		hint = "check the path in " + prefix + "URLS: "
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		hint = "redirects are not followed, set " + prefix + "URLS to where the registry is: "
	}
	return clip(fmt.Sprintf("%sHTTP status %d, error code %d: %q", hint, answer.StatusCode, answer.ErrorCode, answer.Message))
}

func clip(text string) string {
	if len(text) > maxReason {
		return text[:maxReason] + "…"
	}
	return text
}
