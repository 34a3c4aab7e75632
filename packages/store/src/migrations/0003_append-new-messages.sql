-- The log's fast way in, for what nearly every batch is: messages only, all new, all from members, all answering what is
-- there. Each function stores the whole batch and answers where each room stood before it, or finds something else among
-- the messages, stores nothing and answers no row: then append_events judges them one by one.
-- As in append_events the rooms are locked in id order, and what the lock waited for is seen by a new statement.

-- Messages stand ordered by room; in_room and place are each one's place in room_ids and among the room's messages, from 1.
CREATE FUNCTION append_new_messages(
  room_ids bigint[], in_room integer[], place integer[], senders bigint[], nicks text[], cids uuid[], texts text[],
  replies bigint[]
)
RETURNS TABLE (room bigint, seq bigint, at timestamptz, messages bigint)
LANGUAGE plpgsql
-- One index lookup an item, whatever the tables held when the plan was made: see append_messages.
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  clock timestamptz := date_trunc('milliseconds', clock_timestamp());
  known_ids bigint[];
  heads bigint[];
  counts bigint[];
  times timestamptz[];
BEGIN
  SELECT array_agg(id), array_agg(last_seq), array_agg(message_count), array_agg(greatest(last_at, clock))
  INTO known_ids, heads, counts, times
  FROM (SELECT * FROM rooms WHERE id = ANY (room_ids) ORDER BY id FOR NO KEY UPDATE) AS locked;
  IF known_ids IS DISTINCT FROM room_ids THEN
    RETURN;
  END IF;

  PERFORM FROM unnest(in_room, senders, cids) AS sent (room, sender, cid)
  WHERE (
    SELECT events.seq FROM events
    WHERE events.room_id = room_ids[sent.room] AND events.sender_id = sent.sender AND events.cid = sent.cid LIMIT 1
  ) IS NOT NULL
  LIMIT 1;
  IF FOUND THEN
    RETURN;
  END IF;

  PERFORM FROM (
    SELECT DISTINCT room_ids[sent.room] AS id, sent.sender FROM unnest(in_room, senders) AS sent (room, sender)
  ) AS spoken
  WHERE (
    SELECT user_id FROM memberships WHERE room_id = spoken.id AND user_id = spoken.sender LIMIT 1
  ) IS NULL AND NOT (SELECT open FROM rooms WHERE id = spoken.id)
  LIMIT 1;
  IF FOUND THEN
    RETURN;
  END IF;

  IF replies IS NOT NULL THEN
    PERFORM FROM unnest(in_room, replies) AS sent (room, reply)
    WHERE sent.reply IS NOT NULL AND (
      SELECT events.seq FROM events
      WHERE events.room_id = room_ids[sent.room] AND events.seq = sent.reply AND events.type = 'message' LIMIT 1
    ) IS NULL
    LIMIT 1;
    IF FOUND THEN
      RETURN;
    END IF;
  END IF;

  INSERT INTO events (room_id, seq, at, sender_id, messages, reply_to, cid, type, sender_nick, text)
  SELECT room_ids[sent.room], heads[sent.room] + sent.place, times[sent.room], sent.sender,
    counts[sent.room] + sent.place, sent.reply, sent.cid, 'message', sent.nick, sent.text
  FROM unnest(in_room, place, senders, nicks, cids, texts, replies)
    AS sent (room, place, sender, nick, cid, text, reply);

  UPDATE rooms SET
    last_seq = rooms.last_seq + added.messages,
    message_count = rooms.message_count + added.messages,
    last_at = times[added.room]
  FROM (
    SELECT sent.room, max(sent.place) AS messages FROM unnest(in_room, place) AS sent (room, place) GROUP BY sent.room
  ) AS added
  WHERE rooms.id = room_ids[added.room];

  RETURN QUERY SELECT * FROM unnest(room_ids, heads, times, counts);
END
$$;
--> statement-breakpoint
-- A message alone, which someone waits for: the same in the fewest and simplest statements.
CREATE FUNCTION append_new_message(
  message_room bigint, sender bigint, nick text, message_cid uuid, message_text text, reply bigint
)
RETURNS TABLE (room bigint, seq bigint, at timestamptz, messages bigint)
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
#variable_conflict use_variable
DECLARE
  clock timestamptz := date_trunc('milliseconds', clock_timestamp());
  is_open boolean;
BEGIN
  room := message_room;
  SELECT rooms.last_seq, rooms.message_count, greatest(rooms.last_at, clock), rooms.open
  INTO seq, messages, at, is_open
  FROM rooms WHERE rooms.id = message_room FOR NO KEY UPDATE;

  INSERT INTO events (room_id, seq, at, sender_id, messages, reply_to, cid, type, sender_nick, text)
  SELECT message_room, seq + 1, at, sender, messages + 1, reply, message_cid, 'message', nick, message_text
  WHERE (
    is_open OR (SELECT user_id FROM memberships WHERE room_id = message_room AND user_id = sender) IS NOT NULL
  ) AND (
    SELECT events.seq FROM events
    WHERE events.room_id = message_room AND events.sender_id = sender AND events.cid = message_cid
  ) IS NULL AND (
    reply IS NULL OR (
      SELECT events.seq FROM events
      WHERE events.room_id = message_room AND events.seq = reply AND events.type = 'message'
    ) IS NOT NULL
  );
  IF FOUND THEN
    UPDATE rooms SET last_seq = seq + 1, message_count = messages + 1, last_at = at WHERE rooms.id = message_room;
    RETURN NEXT;
  END IF;
END
$$;
