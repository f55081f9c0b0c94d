import pytest

from tenantry.domain.people_files import HEADINGS
from tenantry.kit.csvfile import write_rows
from tests.cast import ADELE, BASIC, CHAT
from tests.cli.conftest import calling
from tests.world import rows_of

PRODUCTS = "product_name,sku_part_number,sku_id,service_plan_name,service_plan_id,service_plan_friendly_name\n"


def people_file(path, *people):
    """A file of (user name, display name) pairs."""
    rows = [[{"User Name": user, "Display Name": name}.get(h, "") for h in HEADINGS.values()] for user, name in people]
    path.write_bytes(write_rows(list(HEADINGS.values()), rows))
    return path


def test_people_are_imported_and_counted(tenantry, contoso, db, run, tmp_path):
    file = people_file(tmp_path / "people.csv", (f"åse@{contoso.domain}".replace("å", "a"), "Åse [b]Østby[/b]"))
    said = tenantry("users", "import", file, "--tenant", contoso.slug.upper(), "--usage-location", "no")
    assert (said.code, said.out) == (0, "People added: 1\n")
    added = next(row for row in run(rows_of(db, contoso.id, "users")) if row["display_name"].startswith("Åse"))
    assert (added["display_name"], added["usage_location"]) == ("Åse [b]Østby[/b]", "NO")
    (operation,) = run(rows_of(db, contoso.id, "operations"))
    assert operation["actor_name"].endswith("at the command line")
    assert operation["via"] == "cli"


def test_every_fault_of_a_file_is_a_line_with_its_place_and_nobody_is_added(tenantry, contoso, db, run, tmp_path):
    faulty = [(contoso.email(ADELE), "Twice"), ("x@elsewhere.com", "Foreign"), (f"ok@{contoso.domain}", "")]
    file = people_file(tmp_path / "people.csv", *faulty)
    said = tenantry("users", "import", file, "--tenant", contoso.slug)
    assert said.code == 1
    assert said.out == ""
    assert said.err.splitlines() == [
        "The file has 3 faults; nothing was saved.",
        f"  line 2, User Name: Somebody here is already called “{contoso.email(ADELE)}”.",
        "  line 3, User Name: elsewhere.com is not a domain of this organization.",
        "  line 4, Display Name: This must not be empty.",
    ]
    assert len(run(rows_of(db, contoso.id, "users"))) == len(contoso.people)


def test_the_limit_of_people_per_file_is_a_setting(tenantry, contoso, tmp_path):
    people = [(f"p{n}@{contoso.domain}", f"P {n}") for n in range(3)]
    said = tenantry(
        "users", "import", people_file(tmp_path / "p.csv", *people), "--tenant", contoso.slug, IMPORT_LIMIT="2"
    )
    assert said.code == 1
    assert "The file has 3 people; at most 2 are allowed." in said.err


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"a,b\n1,2\n", "These headings are missing: User Name,"),
        (b"PK\x03\x04\0\0", "Line 1 is not text: this is not a CSV file."),
        (b"", "These headings are missing:"),
    ],
)
def test_what_is_no_file_of_people_is_one_sentence(tenantry, contoso, tmp_path, data, sentence):
    (tmp_path / "people.csv").write_bytes(data)
    said = tenantry("users", "import", tmp_path / "people.csv", "--tenant", contoso.slug)
    assert said.code == 1
    assert said.err.startswith(sentence)
    assert len(said.err.splitlines()) == 1


def test_what_a_file_was_read_as_is_said_where_it_is_not_utf_8(tenantry, contoso, db, run, tmp_path):
    file = people_file(tmp_path / "people.csv", (f"soren@{contoso.domain}", "Søren Østergård"))
    file.write_bytes(file.read_bytes().decode("utf-8-sig").encode("cp1252"))
    said = tenantry("users", "import", file, "--tenant", contoso.slug)
    assert (said.code, said.out, said.err) == (0, "People added: 1\n", "Read as Western European (Windows).\n")
    assert "Søren Østergård" in {row["display_name"] for row in run(rows_of(db, contoso.id, "users"))}


def test_a_file_that_is_not_there_is_one_sentence(tenantry, tmp_path):
    said = tenantry("users", "import", tmp_path / "none.csv", "--tenant", "contoso")
    assert (said.code, said.err) == (1, f"There is no file {tmp_path / 'none.csv'} that can be read.\n")
    assert tenantry("catalog", "import", tmp_path).code == 1  # a folder


def test_a_catalog_file_is_imported_and_told_as_added_changed_and_unchanged(own, tmp_path):
    file = tmp_path / "products.csv"
    row = f"Business Plain,BASIC,{BASIC.sku_id},CHAT,{CHAT.id},Chat\n"
    file.write_text(PRODUCTS + row)
    call = calling(own)
    answer = call("catalog", "import", file, "--json").answer
    assert answer["products"] == {"added": 0, "changed": 1, "unchanged": 0}
    assert answer["product_plans"] == {"added": 0, "changed": 0, "unchanged": 1}
    said = call("catalog", "import", file)
    assert said.code == 0
    assert [line.split() for line in said.out.splitlines()][:2] == [
        ["added", "changed", "unchanged"],
        ["Products", "0", "0", "1"],
    ]


def test_a_fault_in_a_catalog_file_is_told_with_the_file_it_is_in(own, tmp_path):
    (tmp_path / "products.csv").write_text(f"{PRODUCTS}X,Y,{BASIC.sku_id},CHAT,{CHAT.id},Chat\nX,Y,nothing,CHAT,,\n")
    (tmp_path / "rules.csv").write_text("rule,plan_a,plan_b,source\nmutually_exclusive,CHAT,NOSUCH,me\n")
    said = calling(own)("catalog", "import", tmp_path / "products.csv", "--rules", tmp_path / "rules.csv")
    assert said.code == 1
    assert said.err.splitlines()[0] == "The file has 3 faults; nothing was saved."
    assert "  products, line 3, sku_id: “nothing” is not an id" in said.err
    assert "  rules, line 2, plan_b: The catalog has no service plan “NOSUCH”." in said.err


def test_a_tenant_is_made_with_an_admin_whose_password_is_printed_once(own):
    facts = ["--name", "Fabrikam [x]", "--domain", "fabrikam.com", "--country", "dk", "--currency", "dkk"]
    admin = ["--admin", "ane@fabrikam.com", "--admin-name", "Ane Holm"]
    call = calling(own)
    answer = call("tenant", "create", "fabrikam", *facts, *admin, "--json").answer
    assert len(answer["password"]) == 23
    again = call("tenant", "create", "fabrikam", *facts)
    assert (again.code, again.err) == (1, "Another organization already has this address. Choose another.\n")
    other = call("tenant", "create", "northwind", "--name", "N", "--domain", "n.com", "--country", "DK", *admin)
    assert (other.code, other.err) == (1, "fabrikam.com is not a domain of this organization.\n")
