from math import log2

from tenantry.kit.passwords import (
    DUMMY_HASH,
    derive_password,
    hash_each,
    hash_password,
    new_password,
    new_seed,
    verify,
)


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


def test_a_derived_password_is_the_same_each_time_and_another_for_each_name_and_seed():
    seed, other = new_seed(), new_seed()
    made = {derive_password(one, name) for one in (seed, other) for name in ("ida@x.example", "bo@x.example")}
    assert len(made) == 4
    assert derive_password(seed, "ida@x.example") in made
    assert all([len(group) for group in password.split("-")] == [5, 5, 5, 5] for password in made)


async def test_each_password_is_hashed_and_the_progress_told():
    told = []

    async def tell(done):
        told.append(done)

    hashes = await hash_each({1: "first", 2: "second", 3: "third"}, tell)
    assert all(verify(hashes[number], text) for number, text in ((1, "first"), (2, "second"), (3, "third")))
    assert told == [1, 2, 3]
