-- append_events as of 0001, which locks the read marks that its batch touches before it touches the first.
CREATE OR REPLACE FUNCTION append_events(batch jsonb)
RETURNS TABLE (n integer, status text, seq bigint, at timestamptz, messages bigint, original jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  room_ids bigint[] := ARRAY(SELECT DISTINCT (item ->> 'room')::bigint FROM jsonb_array_elements(batch) AS item);
  run record;
BEGIN
  -- In id order, so that two batches with the same rooms wait for each other instead of deadlocking.
  PERFORM FROM rooms WHERE id = ANY (room_ids) ORDER BY id FOR NO KEY UPDATE;

  IF NOT batch @? '$[*].type' THEN
    RETURN QUERY SELECT * FROM append_messages(batch);
    RETURN;
  END IF;

  -- Who leaves takes their read mark along: in the order in which marks are moved.
  PERFORM FROM read_marks
  WHERE (user_id, room_id) IN (
    SELECT (item ->> 'sender')::bigint, (item ->> 'room')::bigint
    FROM jsonb_array_elements(batch) AS item
    WHERE item ->> 'type' IN ('member.joined', 'member.left')
  )
  ORDER BY user_id, room_id FOR UPDATE;

  -- Order counts: what follows a join may need it. A change stands alone, the messages between two go together.
  FOR run IN
    SELECT change, jsonb_agg(item ORDER BY place) AS items
    FROM (
      SELECT item, place, item ? 'type' AS change, count(*) FILTER (WHERE item ? 'type') OVER (ORDER BY place) AS changes
      FROM jsonb_array_elements(batch) WITH ORDINALITY AS listed (item, place)
    ) AS marked
    GROUP BY changes, change
    ORDER BY changes, change DESC
  LOOP
    IF run.change THEN
      RETURN QUERY SELECT * FROM append_change(run.items -> 0);
    ELSE
      RETURN QUERY SELECT * FROM append_messages(run.items);
    END IF;
  END LOOP;
END
$$;
