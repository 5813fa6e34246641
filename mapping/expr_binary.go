package mapping

import (
	"crypto/md5" //nolint:gosec // people ask for it to find rows that others wrote, not for safety
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/cespare/xxhash/v2"
)

func bytesArg(v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return []byte(v), nil
	case []byte:
		return v, nil
	}
	return nil, fmt.Errorf("%s is neither a text nor bytes: string or json makes one", typeName(v))
}

// hashOf is XXH64 with seed 0, as a signed number.
func hashOf(_ *budget, a []any) (any, error) {
	data, err := bytesArg(a[0])
	return int64(xxhash.Sum64(data)), err
}

func sha256Of(_ *budget, a []any) (any, error) {
	data, err := bytesArg(a[0])
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}

// md5Of is for rows that others find by it. It keeps nothing safe.
func md5Of(_ *budget, a []any) (any, error) {
	data, err := bytesArg(a[0])
	sum := md5.Sum(data) //nolint:gosec // see above
	return hex.EncodeToString(sum[:]), err
}

func toHex(b *budget, a []any) (any, error) {
	data, err := bytesArg(a[0])
	if err != nil {
		return nil, err
	}
	if err := b.take(2 * len(data)); err != nil {
		return nil, err
	}
	return hex.EncodeToString(data), nil
}

func fromHex(b *budget, a []any) (any, error) {
	s, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	data, err := hex.DecodeString(strings.TrimPrefix(s, "0x"))
	if err != nil {
		return nil, errors.New("the text is not pairs of hexadecimal digits")
	}
	return data, b.take(len(data))
}

func toBase64(b *budget, a []any) (any, error) {
	data, err := bytesArg(a[0])
	if err != nil {
		return nil, err
	}
	if err := b.take(2 * len(data)); err != nil {
		return nil, err
	}
	return base64.StdEncoding.EncodeToString(data), nil
}

// fromBase64 takes both alphabets, with or without padding.
func fromBase64(b *budget, a []any) (any, error) {
	s, err := textArg(a[0])
	if err != nil {
		return nil, err
	}
	s = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(s), "=")
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, errors.New("the text is not base64")
	}
	return data, b.take(2 * len(data))
}
