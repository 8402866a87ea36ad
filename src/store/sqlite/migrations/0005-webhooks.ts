import type { Migration } from './migration.ts';

/**
 * Who is told of events, and what became of each message. No part of any proof: messages go out after the seal is made. A message
 * holds nothing of its event but where it stands in the log, so what is erased there is erased here; the rows themselves go with
 * the tombstone, also where a process of an older release erases. Older releases know nothing of it and break nothing. A
 * registration goes before its messages, which may be hundreds of thousands: no foreign key holds it back.
 */
export const webhooks: Migration = {
  number: 5,
  breaking: false,
  sql: `
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY,
  webhook_id TEXT NOT NULL UNIQUE,
  owner TEXT NOT NULL,
  task_id TEXT REFERENCES workflows(task_id),
  url TEXT NOT NULL,
  host TEXT NOT NULL,
  events JSON,
  secret TEXT NOT NULL,
  former_secret TEXT,
  former_until TIMESTAMP,
  since INTEGER NOT NULL,
  created_at TIMESTAMP NOT NULL,
  disabled_at TIMESTAMP,
  disabled_reason TEXT,
  deliveries INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  -- Days on which attempts failed since the last message that was taken, and when the last of them began.
  silent_days INTEGER NOT NULL DEFAULT 0,
  silent_day TIMESTAMP
);
CREATE UNIQUE INDEX idx_webhooks_target ON webhooks(owner, coalesce(task_id, ''), url);
CREATE INDEX idx_webhooks_task ON webhooks(task_id) WHERE task_id IS NOT NULL;
CREATE INDEX idx_webhooks_owner ON webhooks(owner) WHERE task_id IS NULL;
CREATE INDEX idx_webhooks_active ON webhooks(disabled_at) WHERE disabled_at IS NULL;

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  delivery_id TEXT NOT NULL UNIQUE,
  webhook_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  host TEXT NOT NULL,
  task_id TEXT NOT NULL REFERENCES workflows(task_id),
  seq INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  created_at TIMESTAMP NOT NULL,
  -- From when its age counts: when it was made, or last asked to be delivered again; no later than when it became the first.
  waits_since TIMESTAMP NOT NULL,
  -- When it is free to be tried: for one under way, when its lease ends. Only the first of its registration and workflow has it.
  available_at TIMESTAMP CHECK (available_at IS NULL OR status = 'pending'),
  -- When that was set: what it waits for is the time between the two. Later than now, the clock was set back.
  set_at TIMESTAMP CHECK ((set_at IS NULL) = (available_at IS NULL)),
  lease_holder TEXT CHECK (lease_holder IS NULL OR available_at IS NOT NULL),
  first_attempt_at TIMESTAMP,
  last_attempt_at TIMESTAMP,
  delivered_at TIMESTAMP,
  last_status INTEGER,
  last_error TEXT,
  UNIQUE (webhook_id, task_id, seq)
);
-- No second message of a workflow is on its way to the same receiver, whatever any process believes.
CREATE UNIQUE INDEX idx_deliveries_first ON deliveries(webhook_id, task_id) WHERE available_at IS NOT NULL;
CREATE INDEX idx_deliveries_next ON deliveries(owner, available_at, host) WHERE available_at IS NOT NULL;
CREATE INDEX idx_deliveries_lane ON deliveries(owner, host, available_at) WHERE available_at IS NOT NULL;
CREATE INDEX idx_deliveries_set ON deliveries(set_at) WHERE set_at IS NOT NULL;
CREATE INDEX idx_deliveries_held ON deliveries(lease_holder) WHERE lease_holder IS NOT NULL;
CREATE INDEX idx_deliveries_waiting ON deliveries(task_id, webhook_id, seq) WHERE status = 'pending';
CREATE INDEX idx_deliveries_unsettled ON deliveries(webhook_id, status) WHERE status <> 'delivered';
CREATE INDEX idx_deliveries_open ON deliveries(owner, status) WHERE status <> 'delivered';
CREATE INDEX idx_deliveries_delivered ON deliveries(delivered_at) WHERE status = 'delivered';
CREATE INDEX idx_deliveries_owner ON deliveries(owner, id);
CREATE INDEX idx_deliveries_webhook ON deliveries(webhook_id, id);
CREATE INDEX idx_deliveries_task ON deliveries(task_id);

-- Registrations whose messages go piece by piece: those that are forgotten (no reason), and those whose messages die.
CREATE TABLE webhook_sweeps (
  webhook_id TEXT PRIMARY KEY,
  reason TEXT
);

-- Up to which event of all workflows messages were made.
CREATE TABLE delivery_position (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  position INTEGER NOT NULL
);
INSERT INTO delivery_position (only, position) SELECT 1, coalesce(max(id), 0) FROM events;

CREATE TRIGGER deliveries_go_with_their_workflow AFTER INSERT ON tombstones
BEGIN
  DELETE FROM deliveries WHERE task_id = NEW.task_id;
  DELETE FROM webhooks WHERE task_id = NEW.task_id;
END;
`,
};
