ALTER TABLE "events" ADD COLUMN "target" bigint;
--> statement-breakpoint
ALTER TABLE "events" ADD COLUMN "edited_at" timestamp (3) with time zone;
--> statement-breakpoint
-- append_change as of 0001, which edits and deletes messages too: only their author may, and nothing of a deleted one.
CREATE OR REPLACE FUNCTION append_change(change jsonb)
RETURNS TABLE (n integer, status text, seq bigint, at timestamptz, messages bigint, original jsonb)
LANGUAGE plpgsql
-- One index lookup each, whatever the tables held when the plan was made: see append_messages.
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  sender bigint := change ->> 'sender';
  change_type text := change ->> 'type';
  room rooms%ROWTYPE;
  change_target bigint := change ->> 'target';
  known events%ROWTYPE;
  message record;
BEGIN
  n := change ->> 'n';
  SELECT * INTO room FROM rooms WHERE id = (change ->> 'room')::bigint;
  IF NOT FOUND THEN
    status := 'room_not_found';
    RETURN NEXT;
    RETURN;
  END IF;

  SELECT * INTO known FROM events
  WHERE room_id = room.id AND sender_id = sender AND cid = (change ->> 'cid')::uuid;
  IF FOUND THEN
    status := 'duplicate';
    seq := known.seq;
    at := known.at;
    messages := known.messages;
    original := jsonb_build_object(
      'type', known.type, 'nick', known.sender_nick, 'text', known.text, 'reply', known.reply_to);
    RETURN NEXT;
    RETURN;
  END IF;

  status := 'appended';
  seq := room.last_seq + 1;
  at := greatest(room.last_at, date_trunc('milliseconds', clock_timestamp()));
  messages := room.message_count;

  IF change_type = 'member.joined' THEN
    IF room.open THEN
      status := 'unchanged';
    ELSE
      INSERT INTO memberships (room_id, user_id) VALUES (room.id, sender) ON CONFLICT DO NOTHING;
      IF FOUND THEN
        room.member_count := room.member_count + 1;
        DELETE FROM invitations WHERE room_id = room.id AND user_id = sender;
        -- What was said before someone came is not unread to them.
        INSERT INTO read_marks (user_id, room_id, read_seq, read_messages)
        VALUES (sender, room.id, append_change.seq, append_change.messages)
        ON CONFLICT (user_id, room_id)
        DO UPDATE SET read_seq = excluded.read_seq, read_messages = excluded.read_messages;
      ELSE
        status := 'unchanged';
      END IF;
    END IF;
  ELSIF change_type = 'member.left' THEN
    DELETE FROM memberships WHERE room_id = room.id AND user_id = sender;
    IF FOUND THEN
      room.member_count := room.member_count - 1;
      DELETE FROM read_marks WHERE user_id = sender AND room_id = room.id;
    ELSE
      status := 'unchanged';
    END IF;
  ELSIF change_type = 'topic.changed' THEN
    IF NOT room.open AND NOT EXISTS (SELECT FROM memberships WHERE room_id = room.id AND user_id = sender) THEN
      status := 'not_a_member';
    ELSIF room.topic = change ->> 'text' THEN
      status := 'unchanged';
    ELSE
      room.topic := change ->> 'text';
    END IF;
  ELSIF change_type IN ('message.edited', 'message.deleted') THEN
    -- A range, although it is one row: where a planner expects few events in a room, equality leads it through the index of
    -- cids, and that through the whole room.
    SELECT ctid, events.seq, sender_id, type, text INTO message FROM events
    WHERE room_id = room.id AND events.seq >= change_target ORDER BY events.seq LIMIT 1;
    IF NOT room.open AND NOT EXISTS (SELECT FROM memberships WHERE room_id = room.id AND user_id = sender) THEN
      status := 'not_a_member';
    ELSIF message.seq IS DISTINCT FROM change_target OR message.type <> 'message' THEN
      status := 'message_not_found';
    ELSIF message.sender_id <> sender THEN
      status := 'not_the_author';
    ELSIF change_type = 'message.deleted' THEN
      IF message.text IS NULL THEN
        status := 'unchanged';
      ELSE
        UPDATE events SET text = NULL, edited_at = NULL WHERE ctid = message.ctid;
      END IF;
    ELSIF message.text IS NULL THEN
      status := 'message_not_found';
    ELSIF message.text = change ->> 'text' THEN
      status := 'unchanged';
    ELSE
      UPDATE events SET text = change ->> 'text', edited_at = append_change.at WHERE ctid = message.ctid;
    END IF;
  ELSE
    RAISE EXCEPTION 'append_change knows no event of type %', change_type;
  END IF;

  IF status = 'appended' THEN
    -- An edit's text stands in its message alone, from where a deletion erases it.
    INSERT INTO events (room_id, seq, at, sender_id, messages, cid, type, sender_nick, text, target)
    VALUES (room.id, append_change.seq, append_change.at, sender, append_change.messages, (change ->> 'cid')::uuid,
      change_type, change ->> 'nick', CASE WHEN change_type <> 'message.edited' THEN change ->> 'text' END, change_target);
    UPDATE rooms SET last_seq = append_change.seq, last_at = append_change.at,
      member_count = room.member_count, topic = room.topic
    WHERE id = room.id;
  ELSE
    seq := NULL;
    at := NULL;
    messages := NULL;
  END IF;
  RETURN NEXT;
END
$$;
