// Package deadletter keeps the records that can never be written.
//
// A dead letter is the source record: its key, value and headers as they were,
// with headers of our own beside them that say what went wrong and where the
// record came from (Envelope). Its Kafka timestamp is the time of the letter, so
// that the topic's retention counts from the failure and not from the record.
//
// Letters carry payload. Whoever may read the dead-letter topic may read what
// was in the source topics; Config.DropPayload leaves values out.
//
// Delivery is at least once: a worker that stops between a letter's
// acknowledgement and the commit of its offset writes the letter again, with the
// same ingest.topic, ingest.partition and ingest.offset.
package deadletter
