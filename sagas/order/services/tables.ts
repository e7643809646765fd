/**
 * The tables of the shop. Everything that can go wrong is data: a closed warehouse, a carrier that is down, a
 * card that will be declined. `shop_calls` is the ledger of every call that a service answered or failed,
 * `shop_money` the ledger of every movement of money; rows of both are only ever added.
 */
export const tables = `
  CREATE TABLE IF NOT EXISTS shop_stock (
    sku TEXT PRIMARY KEY,
    delivered INTEGER NOT NULL,
    available INTEGER NOT NULL CHECK (available >= 0),
    warehouse TEXT NOT NULL DEFAULT 'open' CHECK (warehouse IN ('open', 'closed'))
  );
  CREATE TABLE IF NOT EXISTS shop_reservations (
    reservation_id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'released'))
  );
  CREATE TABLE IF NOT EXISTS shop_orders (
    order_id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'cancelled')),
    reason TEXT
  );
  CREATE TABLE IF NOT EXISTS shop_payments (
    payment_id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    cents INTEGER NOT NULL,
    card TEXT NOT NULL CHECK (card IN ('good', 'declined')),
    state TEXT NOT NULL CHECK (state IN ('authorised', 'captured', 'refunded')),
    announced_at INTEGER
  );
  CREATE TABLE IF NOT EXISTS shop_money (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    payment_id TEXT NOT NULL,
    from_account TEXT NOT NULL,
    to_account TEXT NOT NULL,
    cents INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS shop_carrier (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('up', 'down'))
  );
  CREATE TABLE IF NOT EXISTS shop_shipments (
    tracking_id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS shop_calls (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    service TEXT NOT NULL,
    operation TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('forward', 'undo', 'probe')),
    key TEXT NOT NULL,
    order_id TEXT,
    answer TEXT NOT NULL
  );
`;
