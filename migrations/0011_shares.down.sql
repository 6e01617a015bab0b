DROP INDEX invites_creator;
DROP TABLE devices;
