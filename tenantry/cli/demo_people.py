"""Who is in the demo: invented people, none of them in `tenantry/sample/people.csv`."""

from typing import NamedTuple


class Somebody(NamedTuple):
    """alias: the part before @, or a guest's whole address. has: B Business Premium, E Office 365 E3, A Audio."""

    alias: str
    first_name: str
    last_name: str
    job_title: str
    department: str
    city: str
    location: str
    has: str = ""
    role: str = ""
    signs_in: bool = False
    kind: str = "member"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def email(self, domain: str) -> str:
        return self.alias if "@" in self.alias else f"{self.alias}@{domain}"


CONTOSO = (
    Somebody(
        "adele.vance", "Adele", "Vance", "Head of IT", "IT", "København", "DK", "B", role="global_admin", signs_in=True
    ),
    Somebody("bjarne.dahl", "Bjarne", "Dahl", "Buyer", "Finance", "Oslo", "NO", role="billing_admin", signs_in=True),
    Somebody(
        "lotte.visser", "Lotte", "Visser", "License manager", "IT", "Utrecht", "NL", role="license_admin", signs_in=True
    ),
    Somebody("ulla.nyberg", "Ulla", "Nyberg", "Onboarding", "People", "Malmö", "SE", role="user_admin", signs_in=True),
    Somebody(
        "henrik.moeller", "Henrik", "Møller", "Helpdesk", "IT", "Aarhus", "DK", role="helpdesk_admin", signs_in=True
    ),
    Somebody(
        "rita.koskinen", "Rita", "Koskinen", "Auditor", "Finance", "Turku", "FI", role="global_reader", signs_in=True
    ),
    Somebody("emma.krogh", "Emma", "Krogh", "Account manager", "Sales", "København", "DK", "B", signs_in=True),
    # Microsoft 365 Business Premium: 9 of 13 seats with the two above
    Somebody("asger.ravn", "Asger", "Ravn", "Partner", "Management", "København", "DK", "B"),
    Somebody("aase.oestby", "Åse", "Østby", "Managing director", "Management", "Oslo", "NO", "B"),
    Somebody("bent.aarup", "Bent", "Aarup", "Sales director", "Sales", "Odense", "DK", "B"),
    Somebody("daan.vandijk", "Daan", "van Dijk", "Country manager", "Sales", "Rotterdam", "NL", "B"),
    Somebody("femke.jansen", "Femke", "Jansen", "Marketing lead", "Marketing", "Eindhoven", "NL", "B"),
    Somebody("gunnar.hoeg", "Gunnar", "Høeg", "Finance director", "Finance", "Aarhus", "DK", "B"),
    Somebody("zoe.mertens", "Zoë", "Mertens", "Brand manager", "Marketing", "Antwerpen", "BE", "B"),
    # Office 365 E3: 24 of 25 seats, the guest's among them
    Somebody("anders.bjerre", "Anders", "Bjerre", "Developer", "Engineering", "København", "DK", "E"),
    Somebody("birgit.soelberg", "Birgit", "Sølberg", "Accountant", "Finance", "Aalborg", "DK", "E"),
    Somebody("carl.lindqvist", "Carl", "Lindqvist", "Developer", "Engineering", "Göteborg", "SE", "E"),
    Somebody("cecilie.thorsen", "Cecilie", "Thorsen", "Designer", "Product", "Bergen", "NO", "E"),
    Somebody("dorte.vinther", "Dorte", "Vinther", "Recruiter", "People", "Esbjerg", "DK", "E"),
    Somebody("eline.haugen", "Eline", "Haugen", "Product manager", "Product", "Trondheim", "NO", "E"),
    Somebody("erik.soederberg", "Erik", "Söderberg", "Tester", "Engineering", "Uppsala", "SE", "E"),
    Somebody("frederik.bang", "Frederik", "Bang", "Support engineer", "Support", "Kolding", "DK", "E"),
    Somebody("hanna.virtanen", "Hanna", "Virtanen", "Developer", "Engineering", "Tampere", "FI", "E"),
    Somebody("hugo.lambert", "Hugo", "Lambert", "Sales engineer", "Sales", "Lille", "FR", "E"),
    Somebody("inge.kjaersgaard", "Inge", "Kjærsgård", "Controller", "Finance", "Vejle", "DK", "E"),
    Somebody("jonas.becker", "Jonas", "Becker", "Quality lead", "Logistics", "Bremen", "DE", "E"),
    Somebody("kasia.nowak", "Kasia", "Nowak", "Buyer", "Logistics", "Gdańsk", "PL", "E"),
    Somebody("lars.oedegaard", "Lars", "Ødegård", "Developer", "Engineering", "Stavanger", "NO", "E"),
    Somebody("liv.aamodt", "Liv", "Åmodt", "Support engineer", "Support", "Oslo", "NO", "E"),
    Somebody("mads.skov", "Mads", "Skov", "Warehouse lead", "Logistics", "Fredericia", "DK", "E"),
    Somebody("maud.bakker", "Maud", "Bakker", "Account manager", "Sales", "Den Haag", "NL", "E"),
    Somebody("nina.richter", "Nina", "Richter", "Project manager", "Operations", "Kiel", "DE", "E"),
    Somebody("oliver.hughes", "Oliver", "Hughes", "Writer", "Marketing", "Leeds", "GB", "E"),
    Somebody("pieter.degroot", "Pieter", "de Groot", "Data analyst", "Finance", "Groningen", "NL", "E"),
    Somebody("signe.aabech", "Signe", "Aabech", "Legal counsel", "Legal", "København", "DK", "E"),
    Somebody("thijs.vermeulen", "Thijs", "Vermeulen", "Developer", "Engineering", "Gent", "BE", "E"),
    Somebody("yrsa.egede", "Yrsa", "Egede", "Office manager", "Operations", "Nuuk", "GL", "E"),
    # nothing yet
    Somebody("karla.toft", "Karla", "Toft", "Trainee", "Sales", "Roskilde", "DK"),
    Somebody("mikael.forsman", "Mikael", "Forsman", "Trainee", "Engineering", "Espoo", "FI"),
    Somebody("sofie.wang", "Sofie", "Wang", "Consultant", "Product", "", ""),
    Somebody("g.rossi@fourthcoffee.example", "Giulia", "Rossi", "Adviser", "", "Torino", "IT", "E", kind="guest"),
)

NORTHWIND = (
    Somebody(
        "nora.west", "Nora", "West", "Managing director", "", "Amsterdam", "NL", "E", role="global_admin", signs_in=True
    ),
    Somebody("ravi.menon", "Ravi", "Menon", "Developer", "Engineering", "Pune", "IN", "E"),
    Somebody("tom.bakker", "Tom", "Bakker", "Trainee", "Sales", "Haarlem", "NL"),
)

FABRIKAM = (
    Somebody(
        "frida.solheim", "Frida", "Solheim", "Owner", "", "Stavanger", "NO", "B", role="global_admin", signs_in=True
    ),
    Somebody("jonas.lie", "Jonas", "Lie", "Carpenter", "Workshop", "Sandnes", "NO", "B"),
    Somebody("marit.eide", "Marit", "Eide", "Bookkeeper", "Office", "Stavanger", "NO", "B"),
)

TAILSPIN = (
    Somebody("grace.monroe", "Grace", "Monroe", "Founder", "", "Boston", "US", "B", role="global_admin", signs_in=True),
    Somebody("omar.hayes", "Omar", "Hayes", "Engineer", "Engineering", "Boston", "US", "B"),
)

WINGTIP = (
    Somebody("karen.holm", "Karen", "Holm", "Owner", "", "Odense", "DK", "B", role="global_admin", signs_in=True),
    Somebody("anne.lund", "Anne", "Lund", "Designer", "Studio", "Odense", "DK", "B"),
    Somebody("bo.kjaer", "Bo", "Kjær", "Carpenter", "Workshop", "Nyborg", "DK", "B"),
    Somebody("camilla.oestergaard", "Camilla", "Østergaard", "Bookkeeper", "Office", "Svendborg", "DK", "B"),
    Somebody("freja.damgaard", "Freja", "Damgaard", "Apprentice", "Workshop", "Odense", "DK", "B"),
    Somebody("henrik.aagaard", "Henrik", "Aagaard", "Painter", "Workshop", "Kerteminde", "DK", "B"),
)
