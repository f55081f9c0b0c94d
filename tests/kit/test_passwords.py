from math import log2

from tenantry.kit.passwords import DUMMY_HASH, hash_password, new_password, verify


def test_a_password_fits_its_own_hash_and_no_other_password_does():
    kept = hash_password("mk7pd-w2rxv")
    assert verify(kept, "mk7pd-w2rxv")
    assert not verify(kept, "mk7pd-w2rxV")
    assert not verify(kept, "")


def test_the_same_password_never_has_the_same_hash_twice():
    assert hash_password("same") != hash_password("same")


def test_hashes_have_the_costs_that_the_design_names_and_the_dummy_takes_as_long():
    costs = "$argon2id$v=19$m=19456,t=2,p=1$"
    assert hash_password("any").startswith(costs)
    assert DUMMY_HASH.startswith(costs)
    assert not verify(DUMMY_HASH, "")


def test_what_is_no_hash_fits_nothing():
    assert not verify("", "")
    assert not verify("plain", "plain")


def test_a_generated_password_has_four_groups_and_more_than_eighty_bits():
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    letters = {letter for password in made for letter in password} - {"-"}
    assert not letters & set("01lio")
    assert all([len(group) for group in password.split("-")] == [5, 5, 5, 5] for password in made)
    assert 20 * log2(len(letters)) > 80
