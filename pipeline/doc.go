// Package pipeline is the way of a record from Kafka to its final outcome.
//
//	poll loop ─► inbox ─► lane (one per assigned partition, one goroutine)
//	                        map:   bytes ─► rows of ready cells (Mapper)
//	                        stamp: the partition's clock
//	                      ─► Sink (asynchronous; only outcomes come back)
//	                      ─► ledger (per partition, over the delivered sequence)
//	                      ─► committer (one goroutine)
//
// Data flows one way. The order of execution is free, because write timestamps
// carry the order of the log. Backpressure comes from behind: the sink's limit
// blocks a lane, a lane's full inbox pauses its partition or stops polling, and
// heartbeats go on all the while.
//
// # Invariants
//
// The lines that enforce one say "Invariant N".
//
//  1. Prefix. An offset is committed only when every record delivered before it
//     has its final outcome: all rows acknowledged, or skipped because the
//     mapping says so, or acknowledged by the dead-letter topic.
//  2. Clock of the prefix. A commit carries the clock of the last record of the
//     resolved prefix, never the lane's latest.
//  3. Strictly increasing. Within a partition each data record's stamp is greater
//     than its predecessor's, and it is a function of the log, the mapping's
//     floor and its generation alone: not of the wall clock, the worker or the run.
//     A mapper may take a table's write timestamps from the record instead; they are
//     a function of that record and the generation, and need not increase.
//  4. Control records. They resolve at once, they never reach a mapper and they
//     never advance the clock.
//  5. One owner. Only the current assignment of a partition commits for it. An
//     outcome that arrives for an earlier assignment is dropped, and a lost
//     partition is never committed.
//  6. No restamp. A row is immutable from the moment it is handed to the sink;
//     every attempt sends the same timestamp. Rows that have none, counters and
//     conditional writes, run only where the mapping accepts what that means.
//  7. One letter. A record's dead letter is sent after all its rows have outcomes,
//     once, naming every table that failed; its acknowledgement is the outcome.
//  8. Counted. Every delivered record gets exactly one outcome, and it is counted.
//  9. Bounded. The records in flight are bounded in bytes; inboxes are bounded and
//     never block the poll loop while a rebalance is held off.
//  10. Reopened, not patched. A partition whose mapper or position changes begins a
//     new life at its resolved prefix, with the clock of that prefix. Only the poll
//     loop does that, while it holds rebalances off and no record is between a poll
//     and an inbox.
//  11. Never jumped. An offset moves on only by records that were delivered. Where the
//     log has lost some, the partition is held, or they are counted and told.
package pipeline
