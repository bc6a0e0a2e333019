-- Events that are stored once however often they come up, such as the usage of a batch, whose results may be fetched any
-- number of times and through any gateway. Their ids are made of what they are about (UUIDs of version 8); the key of
-- usage_event cannot hold them apart, for the partition column is part of it and each fetch begins at another time.
CREATE TABLE sluice.usage_once (
    event_id uuid PRIMARY KEY
);

COMMENT ON TABLE sluice.usage_once IS 'Ids of events that are made of what the event is about; stays when the rows'' partitions are dropped.';
