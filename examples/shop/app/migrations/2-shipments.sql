CREATE TABLE shipments (
  order_id uuid PRIMARY KEY REFERENCES orders,
  shipped_at timestamptz NOT NULL DEFAULT now()
);
