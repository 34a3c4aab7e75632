CREATE TABLE "browser_cookies" (
	"hash" text PRIMARY KEY NOT NULL,
	"browser" text NOT NULL,
	"state" text NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "browser_cookies_browser" ON "browser_cookies" USING btree ("browser");--> statement-breakpoint
CREATE INDEX "browser_cookies_created_at" ON "browser_cookies" USING btree ("created_at");