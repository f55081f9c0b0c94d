"""Time, money, ids, errors, paging: what every room needs and no product word is in."""
