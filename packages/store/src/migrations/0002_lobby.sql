INSERT INTO rooms (slug, key, title, topic, kind, open) VALUES ('lobby', 'lobby', 'Lobby', '', 'public', true);
--> statement-breakpoint
-- A room's row changes with every batch: room on the page keeps the new version beside the old one, and off the indexes.
ALTER TABLE rooms SET (fillfactor = 50);
--> statement-breakpoint
ALTER TABLE read_marks SET (fillfactor = 80);
