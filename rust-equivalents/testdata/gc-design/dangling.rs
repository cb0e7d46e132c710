struct Shelf<'a> {
    held: Option<&'a u64>,
}

fn main() {
    let mut shelf = Shelf { held: None };
    {
        let value = 7;
        shelf.held = Some(&value);
    }
    println!("{:?}", shelf.held);
}
