// Package scan reads ranges of offsets again, outside of any consumer group: it
// commits nothing and disturbs nobody.
package scan
