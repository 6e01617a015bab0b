DROP TABLE search_parked, search_state, search_documents;
-- The extension stays: it may have been there before.
