DROP TABLE kept_time_outs;
