CREATE TABLE orders (
  id uuid PRIMARY KEY,
  item text NOT NULL,
  ordered_at timestamptz NOT NULL DEFAULT now()
);
